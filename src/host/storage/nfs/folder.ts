import { RpcConnection, RpcError } from './rpc';
import type { RpcUser } from './rpc';
import { XdrWriter } from './xdr';
import type { XdrReader } from './xdr';

/* One directory of an NFS server, by NFS version 3 (RFC 1813), where this kernel has no NFS: what QEMU's own client has no words for, to list, to rename,
 * to take away. Names are names, never paths. An error's `code` is what a file system here would say (ENOENT, ENOSPC, ...). */

export interface NfsAttributes { file: boolean; directory: boolean; mode: number; uid: number; gid: number; sizeBytes: number; usedBytes: number; id: bigint }
export class NfsError extends Error {
  readonly code: string;
  constructor(code: string, message: string) { super(message); this.name = 'NfsError'; this.code = code; }
}

const PORTMAP = { program: 100000, version: 2, port: 111, getport: 3 }, TCP = 6;
const MOUNT = { program: 100005, version: 3, mnt: 1, exports: 5 };
const NFS = { program: 100003, version: 3, port: 2049 };
const PROCEDURE = { getattr: 1, setattr: 2, lookup: 3, access: 4, read: 6, write: 7, create: 8, remove: 12, rename: 14, link: 15, readdirplus: 17, fsstat: 18 } as const;
const PIECE_BYTES = 64 * 1024, LISTING_BYTES = 256 * 1024, ENTRIES_MAX = 100_000;
const FILE_SYNC = 2, GUARDED = 1, UNCHECKED = 0;
const MODIFY = 0x04, EXTEND = 0x08, DELETE = 0x10;

export class NfsFolder {
  readonly #rpc: RpcConnection;
  readonly #handle: Buffer;
  private constructor(rpc: RpcConnection, handle: Buffer) { this.#rpc = rpc; this.#handle = handle; }

  static async open(server: string, path: string, user: RpcUser): Promise<NfsFolder> {
    const mountPort = await portOf(server, MOUNT, user), port = await portOf(server, NFS, user).catch(() => NFS.port);
    const mount = new RpcConnection(server, mountPort, user);
    try {
      const reply = await mount.call(MOUNT.program, MOUNT.version, MOUNT.mnt, new XdrWriter().text(path).bytes());
      const status = reply.u32();
      if (status !== 0) throw asError(status, `${server} does not let this host mount ${path}`);
      return new NfsFolder(new RpcConnection(server, port, user), reply.opaque());
    } finally { mount.close(); }
  }

  /** Whether this user may make and take away files in it. */
  async isWritable(): Promise<boolean> {
    const wanted = MODIFY | EXTEND | DELETE;
    const reply = await this.#call('access', 'access', new XdrWriter().opaque(this.#handle).u32(wanted));
    attributesIfAny(reply);
    return (reply.u32() & (MODIFY | EXTEND)) === (MODIFY | EXTEND);
  }

  async list(): Promise<Map<string, NfsAttributes>> {
    const found = new Map<string, NfsAttributes>();
    let cookie = 0n, verifier: Buffer = Buffer.alloc(8);
    for (;;) {
      const reply = await this.#call('readdirplus', 'read the directory', new XdrWriter().opaque(this.#handle).u64(cookie).fixed(verifier).u32(PIECE_BYTES).u32(LISTING_BYTES));
      attributesIfAny(reply);
      verifier = reply.fixed(8);
      const before = cookie;
      while (reply.bool()) {
        reply.u64();
        const name = reply.text();
        cookie = reply.u64();
        const attributes = attributesIfAny(reply);
        if (reply.bool()) reply.opaque();
        if (name !== '.' && name !== '..') found.set(name, attributes ?? await this.stat(name));
        if (found.size > ENTRIES_MAX) throw new NfsError('EFBIG', `there are more than ${ENTRIES_MAX} files`);
      }
      if (reply.bool() || cookie === before) return found;
    }
  }

  async stat(name: string): Promise<NfsAttributes> { return (await this.#lookup(name)).attributes; }

  /** At most so many bytes; fewer at its end. */
  async read(name: string, offset: number, length: number): Promise<Buffer> {
    const { handle } = await this.#lookup(name), pieces: Buffer[] = [];
    for (let at = 0; at < length;) {
      const reply = await this.#call('read', `read ${name}`, new XdrWriter().opaque(handle).u64(offset + at).u32(Math.min(PIECE_BYTES, length - at)));
      attributesIfAny(reply);
      reply.u32();
      const end = reply.bool(), piece = reply.opaque();
      pieces.push(piece);
      at += piece.length;
      if (end || piece.length === 0) break;
    }
    return Buffer.concat(pieces);
  }

  /** A new file with this in it, on the server's disk when it resolves; or one that was there, emptied first. `exclusive`: EEXIST when it is there. */
  async write(name: string, bytes: Buffer, mode: number, { exclusive = false } = {}): Promise<void> {
    const how = new XdrWriter().opaque(this.#handle).text(name).u32(exclusive ? GUARDED : UNCHECKED).fixed(settings({ mode, size: 0 }));
    const reply = await this.#call('create', `make ${name}`, how);
    const handle = reply.bool() ? reply.opaque() : (await this.#lookup(name)).handle;
    for (let at = 0; at < bytes.length;) {
      const piece = bytes.subarray(at, at + PIECE_BYTES);
      const written = await this.#call('write', `write ${name}`, new XdrWriter().opaque(handle).u64(at).u32(piece.length).u32(FILE_SYNC).opaque(piece));
      skipChange(written);
      const count = written.u32();
      if (count === 0) throw new NfsError('EIO', `${name}: nothing was written`);
      at += count;
    }
  }

  async set(name: string, change: { mode?: number; uid?: number; gid?: number; size?: number }): Promise<void> {
    const { handle } = await this.#lookup(name);
    await this.#call('setattr', `change ${name}`, new XdrWriter().opaque(handle).fixed(settings(change)).u32(0));
  }
  async remove(name: string): Promise<void> {
    try { await this.#call('remove', `remove ${name}`, new XdrWriter().opaque(this.#handle).text(name)); } catch (error) {
      if ((error as NfsError).code !== 'ENOENT') throw error;
    }
  }
  /** Over what bears that name already. */
  async rename(from: string, to: string): Promise<void> {
    await this.#call('rename', `rename ${from}`, new XdrWriter().opaque(this.#handle).text(from).opaque(this.#handle).text(to));
  }
  /** A second name of the same file. */
  async link(name: string, second: string): Promise<void> {
    const { handle } = await this.#lookup(name);
    await this.#call('link', `link ${name}`, new XdrWriter().opaque(handle).opaque(this.#handle).text(second));
  }

  async space(): Promise<{ totalBytes: number; usedBytes: number; freeBytes: number }> {
    const reply = await this.#call('fsstat', 'ask for its space', new XdrWriter().opaque(this.#handle));
    attributesIfAny(reply);
    const totalBytes = reply.size(), free = reply.size(), freeBytes = reply.size();
    return { totalBytes, usedBytes: totalBytes - free, freeBytes };
  }

  close(): void { this.#rpc.close(); }

  async #lookup(name: string): Promise<{ handle: Buffer; attributes: NfsAttributes }> {
    const reply = await this.#call('lookup', `find ${name}`, new XdrWriter().opaque(this.#handle).text(name));
    const handle = reply.opaque(), attributes = attributesIfAny(reply);
    if (attributes) return { handle, attributes };
    return { handle, attributes: attributesOf(await this.#call('getattr', `look at ${name}`, new XdrWriter().opaque(handle))) };
  }

  async #call(procedure: keyof typeof PROCEDURE, what: string, args: XdrWriter): Promise<XdrReader> {
    const reply = await this.#rpc.call(NFS.program, NFS.version, PROCEDURE[procedure], args.bytes());
    const status = reply.u32();
    if (status !== 0) throw asError(status, `cannot ${what}`);
    return reply;
  }
}

/** What a server exports, as far as it says. */
export const exportsOf = async (server: string, user: RpcUser): Promise<string[]> => {
  const mount = new RpcConnection(server, await portOf(server, MOUNT, user), user);
  try {
    const reply = await mount.call(MOUNT.program, MOUNT.version, MOUNT.exports, Buffer.alloc(0)), found: string[] = [];
    while (reply.bool()) {
      found.push(reply.text());
      while (reply.bool()) reply.text(); // who may mount it
    }
    return found;
  } finally { mount.close(); }
};

const portOf = async (server: string, { program, version }: { program: number; version: number }, user: RpcUser): Promise<number> => {
  const portmap = new RpcConnection(server, PORTMAP.port, user);
  try {
    const port = (await portmap.call(PORTMAP.program, PORTMAP.version, PORTMAP.getport, new XdrWriter().u32(program).u32(version).u32(TCP).u32(0).bytes())).u32();
    if (port === 0) throw new RpcError('refused', `${server} serves no NFS version 3`);
    return port;
  } finally { portmap.close(); }
};

const attributesOf = (reply: XdrReader): NfsAttributes => {
  const type = reply.u32(), mode = reply.u32();
  reply.u32();
  const uid = reply.u32(), gid = reply.u32(), sizeBytes = reply.size(), usedBytes = reply.size();
  reply.fixed(16);
  const id = reply.u64();
  reply.fixed(24);
  return { file: type === 1, directory: type === 2, mode: mode & 0o7777, uid, gid, sizeBytes, usedBytes, id };
};
const attributesIfAny = (reply: XdrReader): NfsAttributes | undefined => (reply.bool() ? attributesOf(reply) : undefined);
/** How a file was before and is now (wcc_data). */
const skipChange = (reply: XdrReader): void => { if (reply.bool()) reply.fixed(24); attributesIfAny(reply); };

const settings = ({ mode, uid, gid, size }: { mode?: number; uid?: number; gid?: number; size?: number }): Buffer => {
  const xdr = new XdrWriter().maybe(mode).maybe(uid).maybe(gid);
  if (size === undefined) xdr.u32(0); else xdr.u32(1).u64(size);
  return xdr.u32(0).u32(0).bytes(); // times stay
};

const CODES: Readonly<Record<number, string>> = {
  1: 'EPERM', 2: 'ENOENT', 5: 'EIO', 13: 'EACCES', 17: 'EEXIST', 20: 'ENOTDIR', 21: 'EISDIR', 22: 'EINVAL', 27: 'EFBIG', 28: 'ENOSPC', 30: 'EROFS', 31: 'EMLINK',
  63: 'ENAMETOOLONG', 66: 'ENOTEMPTY', 69: 'ENOSPC', 70: 'ESTALE', 10004: 'ENOTSUP', 10006: 'EIO', 10008: 'EAGAIN',
};
const asError = (status: number, what: string): NfsError => new NfsError(CODES[status] ?? 'EIO', `${what}: ${CODES[status] ?? `NFS status ${status}`}`);
