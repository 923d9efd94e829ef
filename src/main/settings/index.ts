export { secretsOf, type SafeStorage, type Secrets } from './secrets';
export { Settings } from './settings';
export { openSharedHosts } from './shared-hosts';
export type { SettingsFile, WindowPlace } from './content';
export { openSettingsFile } from './settings-file';
