/* Passwords that a person asked to keep. They are kept only where the desktop has a real keyring: Electron's `basic_text`
 * is obfuscation, and a password is not written with it. */

/** Of Electron's safeStorage, what is needed. */
export interface SafeStorage {
  isEncryptionAvailable(): boolean;
  /** Linux only. */
  getSelectedStorageBackend?(): string;
  encryptString(text: string): Buffer;
  decryptString(sealed: Buffer): string;
}
export interface Secrets {
  readonly areSafe: boolean;
  /** In base64; undefined where nothing may be kept. */
  seal(text: string): string | undefined;
  /** Undefined if it cannot be opened: another user's keyring, or a damaged one. */
  open(sealed: string): string | undefined;
}

export const secretsOf = (storage: SafeStorage, platform: NodeJS.Platform): Secrets => {
  const areSafe = storage.isEncryptionAvailable() && (platform !== 'linux' || isKeyring(storage.getSelectedStorageBackend?.()));
  return {
    areSafe,
    seal: text => (areSafe ? storage.encryptString(text).toString('base64') : undefined),
    open: sealed => {
      if (!areSafe) return undefined;
      try { return storage.decryptString(Buffer.from(sealed, 'base64')); } catch { return undefined; }
    },
  };
};

const isKeyring = (backend: string | undefined): boolean => backend !== undefined && backend !== 'basic_text' && backend !== 'unknown';
