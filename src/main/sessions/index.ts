export { Sessions, type SessionsParts } from './sessions';
export type { Session } from './session';
