export { announceAll, handlersOf, type HandlerParts } from './handlers';
export { serve, type Announcer } from './ipc';
