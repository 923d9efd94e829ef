import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

/* A network repository of our own making on loopback: the release "round" has our installer, and everything else is the Debian mirror's that this machine's apt uses, handed on as it is. */

export interface MirrorTree { url: string; release: 'round'; /** What was fetched from the mirror. */ packages(): number; close(): Promise<void> }

/** @param folder what installer.sh has built */
export const startMirrorTree = async (folder: string): Promise<MirrorTree> => {
  const [, mirror = ''] = /^(\S+) bookworm$/m.exec(execFileSync('apt-get', ['indextargets', '--format', '$(REPO_URI) $(CODENAME)', 'Created-By: Packages'], { encoding: 'utf8' })) ?? [];
  const sum = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex'), [kernel, initrd] = ['linux', 'initrd.gz'].map(name => fs.readFileSync(path.join(folder, name))) as [Buffer, Buffer];
  const images = 'main/installer-amd64/current/images', leaf = 'netboot/debian-installer/amd64', sums = `${sum(kernel)}  ./${leaf}/linux\n${sum(initrd)}  ./${leaf}/initrd.gz\n`;
  const own = new Map<string, Buffer | string>([
    ['/dists/round/Release', `Label: Round\nVersion: 1\nCodename: round\nSHA256:\n ${sum(sums)} ${sums.length} ${images}/SHA256SUMS\n`],
    [`/dists/round/${images}/SHA256SUMS`, sums], [`/dists/round/${images}/${leaf}/linux`, kernel], [`/dists/round/${images}/${leaf}/initrd.gz`, initrd],
  ]);
  let packages = 0;
  const server = http.createServer((request, response) => {
    const at = request.url ?? '/', file = own.get(at);
    if (file !== undefined) { response.writeHead(200, { 'content-length': Buffer.byteLength(file) }).end(file); return; }
    if (at.startsWith('/dists/round/')) { response.writeHead(404).end(); return; }
    http.get(new URL(at.slice(1), mirror), answer => {
      if (at.endsWith('.deb') && answer.statusCode === 200) packages++;
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    }).on('error', () => { response.writeHead(502).end(); });
  });
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, release: 'round', packages: () => packages,
    close: () => new Promise(resolve => { server.closeAllConnections(); server.close(() => { resolve(); }); }),
  };
};
