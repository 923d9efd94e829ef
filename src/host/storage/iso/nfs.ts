import { posix } from 'node:path';
import type { ImageSource } from '../../engine/contract';
import { StorageError } from '../contract';
import type { SrCapability, SrSpace } from '../contract';
import { IsoLibrary } from './library';
import type { IsoFile } from './library';

/* CD images on an NFS server, where this kernel does not mount: QEMU reads them itself (libnfs). */

export interface NfsFiles { list(): Promise<ReadonlyMap<string, { file: boolean; sizeBytes: number; usedBytes: number }>>; space(): Promise<SrSpace>; close(): void }
export type OpenNfs = (server: string, path: string) => Promise<NfsFiles>;

export class NfsLibrary extends IsoLibrary {
  readonly capabilities: readonly SrCapability[] = ['SR_SCAN'];
  readonly #server: string;
  readonly #path: string;
  readonly #open: OpenNfs;

  constructor(server: string, path: string, open: OpenNfs) {
    super(`nfs://${server}${path}`);
    this.#server = server; this.#path = path; this.#open = open;
  }

  space(): Promise<SrSpace> { return this.#with(files => files.space()); }

  protected list(): Promise<readonly IsoFile[]> {
    return this.#with(async files => [...await files.list()].filter(([, facts]) => facts.file).map(([name, { sizeBytes, usedBytes }]) => ({ name, sizeBytes, physicalBytes: usedBytes })));
  }
  protected source(name: string): ImageSource { return { by: 'nfs', server: this.#server, path: posix.join(this.#path, name) }; }

  /** A connection of its own each time: a library is looked at now and then. */
  async #with<T>(work: (files: NfsFiles) => Promise<T>): Promise<T> {
    try {
      const files = await this.#open(this.#server, this.#path);
      try { return await work(files); } finally { files.close(); }
    } catch (error) { throw error instanceof StorageError ? error : new StorageError('not-attached', `nfs://${this.#server}${this.#path}: ${(error as Error).message}`); }
  }
}
