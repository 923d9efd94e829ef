import { createHash } from 'node:crypto';
import type { OpenDisk } from '../platform/disk';
import type { DiskStream, Transfer } from './contract';
import { envelopeText } from './ovf-writing';
import { fixedPiece, streamFrom } from './pieces';
import { TAR_BLOCK_BYTES, TAR_END, tarHeader, tarPadding } from './tar';
import { vmdkStream } from './vmdk';

/* A VM as an OVA: the descriptor, the disks, and at the end the manifest, since checksums are known only then. How long all of it is, is known before. */

interface Member { name: string; content: DiskStream }

export const writeOva: Transfer['writeOva'] = async (name, envelope, disks) => {
  const open: OpenDisk[] = [], close = async (): Promise<void> => { await Promise.all(open.map(disk => disk.close())); };
  try {
    const members: (Member & { id: string })[] = [];
    for (const [i, { id, open: openDisk }] of disks.entries()) {
      const disk = await openDisk();
      open.push(disk);
      members.push({ id, name: `${name}-disk${i + 1}.vmdk`, content: await vmdkStream(disk) });
    }
    const ovf = Buffer.from(envelopeText(envelope, members.map(({ id, name: href, content }) => ({ id, href, sizeBytes: content.lengthBytes }))));
    const all: readonly Member[] = [{ name: `${name}.ovf`, content: { lengthBytes: ovf.length, pieces: () => [fixedPiece(ovf)] } }, ...members];
    const manifestBytes = all.reduce((sum, member) => sum + manifestLine(member.name, '0'.repeat(64)).length, 0);
    return {
      lengthBytes: [...all.map(({ content }) => content.lengthBytes), manifestBytes].reduce((sum, bytes) => sum + TAR_BLOCK_BYTES + bytes + tarPadding(bytes).length, TAR_END.length),
      bytes: signal => membersOf(name, all, signal), close,
    };
  } catch (error) { await close(); throw error; }
};

const manifestLine = (name: string, sum: string): Buffer => Buffer.from(`SHA256(${name})= ${sum}\n`);

async function* membersOf(archive: string, members: readonly Member[], signal: AbortSignal): AsyncGenerator<Buffer> {
  const lines: Buffer[] = [];
  for (const { name, content } of members) {
    const hash = createHash('sha256');
    yield tarHeader(name, content.lengthBytes);
    for await (const bytes of streamFrom(content, 0, signal)) { hash.update(bytes); yield bytes; }
    yield tarPadding(content.lengthBytes);
    lines.push(manifestLine(name, hash.digest('hex')));
  }
  const manifest = Buffer.concat(lines);
  yield Buffer.concat([tarHeader(`${archive}.mf`, manifest.length), manifest, tarPadding(manifest.length), TAR_END]);
}
