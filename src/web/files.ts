/* Files between the browser and the host: chosen in the browser's own dialog or dropped, sent by PUT; what comes is one of the browser's downloads. */
import { kindOf } from '../connection/file-kind';
import { requestOf, targetOf } from '../connection/transfer-requests';
import type { DownloadWish, FileId, FilePurpose, LocalFile, TransferProgress, TransferReply, UploadWish } from '../shared/ipc';
import { Emitter } from '../shared/lib/emitter';

const ACCEPTED: Readonly<Record<FilePurpose, string>> = { iso: '.iso,.img', any: '', disk: '.vhd,.vhdx,.vmdk,.qcow2,.raw,.img,.dd' };
const NOT_CHOSEN: TransferReply = { ok: false, kind: 'file', reason: 'not-chosen' };
const CLOSED: TransferReply = { ok: false, kind: 'silent', reason: 'closed' };

export class Files {
  readonly onProgress = new Emitter<TransferProgress>();
  readonly #chosen = new Map<FileId, File>();
  /** Names of downloads. */
  readonly #placed = new Map<FileId, string>();
  readonly #sending = new Map<FileId, XMLHttpRequest>();
  #lastId = 0;

  async choose(purpose: FilePurpose): Promise<readonly LocalFile[]> {
    const input = document.createElement('input');
    Object.assign(input, { type: 'file', multiple: true, accept: ACCEPTED[purpose] });
    await new Promise<void>(resolve => {
      input.onchange = input.oncancel = () => { resolve(); };
      input.click();
    });
    return Promise.all([...input.files ?? []].map(file => this.take(file)));
  }

  async take(file: File): Promise<LocalFile> {
    const id = this.#newId();
    this.#chosen.set(id, file);
    const kind = await kindOf(file.name, file.size, async (from, length) => new Uint8Array(await file.slice(from, from + length).arrayBuffer())).catch(() => 'unknown' as const);
    // The files beside an OVF are out of a page's reach.
    return { id, name: file.name, sizeBytes: file.size, kind: /\.ovf$/i.test(file.name) ? 'unknown' : kind };
  }

  place(name: string): LocalFile {
    const id = this.#newId();
    this.#placed.set(id, name);
    return { id, name, sizeBytes: 0, kind: 'unknown' };
  }

  /** The browser fetches it: it shows how far it is, and the host's task how it ended. */
  receive(id: FileId, task: string, wish: DownloadWish): TransferReply {
    const name = this.#placed.get(id);
    if (name === undefined) return NOT_CHOSEN;
    const [path, query] = requestOf(wish, task), link = document.createElement('a');
    Object.assign(link, { href: `${path}?${new URLSearchParams(query).toString()}`, download: name });
    link.click();
    return { ok: true, value: undefined };
  }

  /** @param resume goes on in the same task, where the host is */
  async send(id: FileId, task: string, wish: UploadWish, resume: boolean): Promise<TransferReply> {
    const file = this.#chosen.get(id);
    if (!file || this.#sending.has(id)) return NOT_CHOSEN;
    const [path, query] = targetOf(wish, task), due = resume ? await offsetOf(path, task) : 0;
    if (due === undefined) return CLOSED;
    const fromByte = wish.what === 'into-disk' && !resume ? wish.fromByte ?? 0 : due;
    const address = `${path}?${new URLSearchParams({ ...query, ...(wish.resumable === true && { resumable: 'true' }), ...(resume && { offset: String(due) }) }).toString()}`;
    return this.#put(id, address, file, fromByte);
  }
  cancel(id: FileId): void { this.#sending.get(id)?.abort(); }
  cancelAll(): void { for (const request of this.#sending.values()) request.abort(); }

  /** By XMLHttpRequest, which alone tells how far an upload is. */
  async #put(id: FileId, address: string, file: File, fromByte: number): Promise<TransferReply> {
    const request = new XMLHttpRequest();
    this.#sending.set(id, request);
    try {
      return await new Promise<TransferReply>(resolve => {
        request.open('PUT', address);
        request.setRequestHeader('content-type', 'application/octet-stream');
        request.upload.onprogress = ({ loaded }) => { this.onProgress.emit({ file: id, bytes: fromByte + loaded, totalBytes: file.size }); };
        request.onload = () => { resolve(answerOf(request.status, request.responseText)); };
        // A file that cannot be read any more ends the same way as a host that hangs up.
        request.onerror = () => { void isReadable(file).then(readable => { resolve(readable ? CLOSED : { ok: false, kind: 'file', reason: 'changed' }); }); };
        request.onabort = () => { resolve({ ok: false, kind: 'silent', reason: 'cancelled' }); };
        request.send(file.slice(fromByte));
      });
    } finally { this.#sending.delete(id); }
  }
  #newId(): FileId { return `file-${++this.#lastId}`; }
}

const isReadable = (file: File): Promise<boolean> => file.slice(0, 1).arrayBuffer().then(() => true, () => false);

const offsetOf = async (path: string, task: string): Promise<number | undefined> => {
  try {
    const response = await fetch(`${path}?${new URLSearchParams({ task_id: task }).toString()}`, { credentials: 'same-origin', cache: 'no-store' });
    return response.ok ? Number((await response.json() as { offset?: unknown }).offset) : undefined;
  } catch { return undefined; }
};

const answerOf = (status: number, text: string): TransferReply => {
  if (status === 200) return { ok: true, value: undefined };
  try {
    const [code, ...params] = JSON.parse(text) as string[];
    if (code !== undefined) return { ok: false, kind: 'refused', code, params };
  } catch { /* no words of XenAPI */ }
  return { ok: false, kind: 'silent', reason: `http-${status}` };
};
