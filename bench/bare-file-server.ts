/* The peer of bench/transfer.bench.ts: the least that a Node server can do to bring a disk over HTTPS. A GET sends those parts of a raw file that hold data, a PUT is written to a file
 * beside it and made safe. Arguments: key file, certificate file, the raw file, its parts as JSON ([[offset, length], ...]). Prints its port. */
import fs from 'node:fs';
import { open } from 'node:fs/promises';
import { once } from 'node:events';
import https from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const PIECE_BYTES = 1024 * 1024;
const [keyFile = '', certFile = '', image = '', list = '[]'] = process.argv.slice(2);
const parts = JSON.parse(list) as [number, number][];

const send = async (response: ServerResponse): Promise<void> => {
  const file = await open(image);
  response.writeHead(200, { 'content-length': parts.reduce((sum, [, length]) => sum + length, 0) });
  for (const [offset, length] of parts) {
    for (let at = offset; at < offset + length; at += PIECE_BYTES) {
      const { buffer } = await file.read(Buffer.allocUnsafeSlow(PIECE_BYTES), 0, Math.min(PIECE_BYTES, offset + length - at), at);
      if (!response.write(buffer)) await once(response, 'drain');
    }
  }
  await file.close();
  response.end();
};

const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const file = await open(`${image}.taken`, 'w');
  for await (const piece of request as AsyncIterable<Buffer>) await file.write(piece);
  await file.datasync();
  await file.close();
  response.end();
};

const server = https.createServer({ key: fs.readFileSync(keyFile), cert: fs.readFileSync(certFile) }, (request, response) => { void (request.method === 'PUT' ? take(request, response) : send(response)); });
server.listen(0, '127.0.0.1', () => { console.log((server.address() as AddressInfo).port); });
