/* The peer of bench/api.bench.ts and bench/clients.bench.ts: the least a Node server can do for the same answer. TLS, `ws` or POST, parse the request, send the prepared result.
 * Arguments: key file, certificate file, file with the result's JSON. Prints its port. */
import fs from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type RawData } from 'ws';

const [key = '', cert = '', result = ''] = process.argv.slice(2).map(f => fs.readFileSync(f, 'utf8'));
const server = https.createServer({ keepAliveTimeout: 65_000, key, cert });
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', socket => {
  socket.on('message', (data: RawData) => {
    const { id } = JSON.parse((data as Buffer).toString('utf8')) as { id: number };
    socket.send(`{"jsonrpc":"2.0","result":${result},"id":${id}}`);
  });
});
server.on('request', (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => { chunks.push(chunk); }).on('end', () => {
    const { id } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { id: number }, text = `{"jsonrpc":"2.0","result":${result},"id":${id}}`;
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
  });
});
server.listen(0, '127.0.0.1', () => { console.log((server.address() as AddressInfo).port); });
