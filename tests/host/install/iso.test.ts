import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, it } from 'vitest';
import type { Ref } from '../../../src/shared/api';
import { startHost, type TestClient, type TestHost } from '../../fixtures/host';
import { installsFromCd, isoLibrary, makeInstallerIso, plugin } from '../../fixtures/install';

/* An installation from a CD image that was fetched by URL with its checksum, whole. */

let host: TestHost, client: TestClient, image: Ref<'VDI'>;
beforeAll(async () => {
  host = await startHost();
  client = await host.connect();
  const file = path.join(host.folder, 'installer.iso');
  makeInstallerIso(file);
  const bytes = fs.readFileSync(file), server = http.createServer((_request, response) => { response.writeHead(200, { 'content-length': bytes.length }).end(bytes); });
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve); });
  try {
    const library = await isoLibrary(client, path.join(host.folder, 'isos'));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/installer.iso`, sha256 = createHash('sha256').update(bytes).digest('hex');
    image = await client.call('VDI.get_by_uuid', await plugin(client, 'iso_fetch', { sr: await client.call('SR.get_uuid', library), url, name: 'installer.iso', sha256 }));
  } finally { server.closeAllConnections(); server.close(); }
});
afterAll(async () => { await host?.dispose(); });

it('asks on the screen, is answered by key, ejects the CD, and boots what it installed', () => installsFromCd(client, 'bios', image), 300_000);
