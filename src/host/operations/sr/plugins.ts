import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { ApiError, type Records, type Ref } from '../../../shared/api';
import type { CallContext } from '../contract';
import type { Desk } from '../desk';
import { messageOf, translated } from '../failure';
import { argument, type PluginFunction } from '../host/plugin-function';
import { create } from '../vdi/create';
import { repositoryOf } from '../vdi/make';
import { writeVdi } from '../vdi/write';

/* What XenAPI has no message for: a CD image fetched by URL, and a look over all images of a repository. */

export const storagePlugins = (desk: Desk): Readonly<Record<string, PluginFunction>> => ({
  /** `iso_fetch {sr: uuid, url, name, sha256?}` answers the uuid of the VDI. With a checksum, the image gets its name only when that is right. */
  iso_fetch: (context, args) => fetchIso(desk, context, desk.store.byUuid('SR', argument(args, 'sr')), argument(args, 'url'), argument(args, 'name'), args['sha256'] ?? ''),
  /** `sr_check {sr: uuid}` answers JSON: [{uuid, problem}]. Changes nothing. */
  sr_check: async (context, args) => {
    const sr = desk.store.byUuid('SR', argument(args, 'sr')), repository = repositoryOf(desk, sr);
    if (!repository.check) throw new ApiError('SR_OPERATION_NOT_SUPPORTED', sr);
    return JSON.stringify(await translated({ sr, operation: 'check' }, () => repository.check!(context.task.signal)));
  },
});

const fetchIso = async (desk: Desk, context: CallContext, sr: Ref<'SR'>, url: string, name: string, sha256: string): Promise<string> => {
  if (desk.store.get('SR', sr).content_type !== 'iso') throw new ApiError('SR_OPERATION_NOT_SUPPORTED', sr);
  if (sha256 !== '' && !/^[0-9a-f]{64}$/i.test(sha256)) throw new ApiError('INVALID_VALUE', 'sha256', sha256.slice(0, 100));
  const { bytes, length } = await open(url, context.task.signal);
  try {
    const vdi = await create(desk)(context, isoRecord(sr, name, url, length));
    const { uuid } = desk.store.get('VDI', vdi);
    await writeVdi(desk, context, vdi, Readable.from(checked(bytes, length, sha256.toLowerCase()), { objectMode: false }), length);
    return uuid;
  } finally { bytes.destroy(); }
};

const isoRecord = (SR: Ref<'SR'>, name_label: string, url: string, virtual_size: number): Records['VDI'] =>
  ({ SR, name_label, name_description: `from ${url}`.slice(0, DESCRIPTION_MAX_CHARS), virtual_size, type: 'user', sharable: true, read_only: true, other_config: {}, sm_config: {} }) as unknown as Records['VDI'];
const DESCRIPTION_MAX_CHARS = 200;

const open = async (url: string, signal: AbortSignal): Promise<{ bytes: Readable; length: number }> => {
  if (!/^https?:\/\/[^/]/i.test(url) || !URL.canParse(url)) throw new ApiError('INVALID_VALUE', 'url', url.slice(0, 200));
  const trouble = (why: string): ApiError => new ApiError('SR_BACKEND_FAILURE', '1', '', `${url}: ${why}`);
  const response = await fetch(url, { signal, redirect: 'follow', headers: { 'accept-encoding': 'identity' } }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw trouble(messageOf((error as Error).cause ?? error));
  });
  const length = Number(response.headers.get('content-length') ?? NaN);
  if (response.ok && response.body && Number.isSafeInteger(length) && length > 0) return { bytes: Readable.fromWeb(response.body as never), length };
  await response.body?.cancel().catch(() => { /* it is of no use anyway */ });
  throw trouble(response.ok ? 'the server does not say how large it is' : `the server answers ${response.status} ${response.statusText}`.trim());
};

/** The last piece goes on only when all of it was right: until then it has no name. */
async function* checked(bytes: Readable, length: number, sha256: string): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let got = 0;
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    hash.update(chunk);
    got += chunk.length;
    if (got >= length && sha256 !== '') {
      const is = hash.digest('hex');
      if (is !== sha256) throw new ApiError('SR_BACKEND_FAILURE', '1', '', `the checksum is ${is}, not ${sha256}: the download is damaged, or another file`);
      yield chunk;
      return;
    }
    yield chunk;
  }
}
