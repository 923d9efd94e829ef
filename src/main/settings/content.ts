/* What the settings hold. */
import type { Preferences } from '../../shared/ipc';

export interface StoredHost { address: string; user: string; fingerprint: string; lastUsed: string; /** The password, sealed by safeStorage, in base64. */ sealed?: string; /** Its edition was one that is connected alone. */ alone?: boolean }
export interface WindowPlace { x: number; y: number; width: number; height: number; maximised: boolean }
export interface SettingsContent { hosts: StoredHost[]; window?: WindowPlace; preferences?: Preferences }
export interface SettingsFile { content: SettingsContent; write(content: SettingsContent): void; /** Where the damaged one was put. */ setAside?: string }

export const HOSTS_MAX = 1_000;
