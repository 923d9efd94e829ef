import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { exportMetadata, exportVm, importMetadata, importVm, migration } from './archives';
import { answer, answerError, type Serve, type TransferServices } from './exchange';
import { exportRawVdi, importRawVdi } from './raw-vdi';
import { Uploads, uploadState } from './resumable';

/* The plain HTTP requests that bring disks and VMs in and out, by method and path. */

export interface Transfers {
  /** True: this request is ours and being answered. */
  serve(request: IncomingMessage, response: ServerResponse): boolean;
  /** A transfer takes as long as it takes: the limit for whole requests does not hold for it. */
  isUploading(socket: unknown): boolean;
}

const routesOf = (uploads: Uploads): Readonly<Record<string, Serve>> => ({
  'PUT /import_raw_vdi': importRawVdi(uploads),
  'GET /import_raw_vdi': uploadState(uploads),
  'HEAD /import_raw_vdi': uploadState(uploads),
  'GET /export_raw_vdi': exportRawVdi,
  'GET /export': exportVm,
  'PUT /import': importVm(uploads),
  'GET /import': uploadState(uploads),
  'HEAD /import': uploadState(uploads),
  'GET /migration': migration,
  'DELETE /migration': migration,
  'GET /export_metadata': exportMetadata,
  'PUT /import_metadata': importMetadata,
});
/** No byte comes, or none is taken, for so long: the client is gone. */
const IDLE_LIMIT_MS = 10 * 60_000;

/** @param keptMs how long an upload waits that broke off */
export const createTransfers = (services: TransferServices, keptMs?: number): Transfers => {
  const routes = routesOf(new Uploads(keptMs));
  const uploading = new WeakSet<Socket>();
  return {
    isUploading: socket => uploading.has(socket as Socket),
    serve: (request, response) => {
      const url = new URL(request.url ?? '/', 'https://host'), work = routes[`${request.method} ${url.pathname.replace(/\/$/, '')}`];
      if (!work) return false;
      uploading.add(request.socket);
      request.socket.setTimeout(IDLE_LIMIT_MS, () => { request.destroy(); });
      if (request.method === 'PUT') request.once('end', () => { request.socket.setTimeout(0); }); // from here on we are the slow ones
      work({ request, response, query: url.searchParams }, services).then(text => answer(request, response, 200, text ?? ''), (error: unknown) => {
        answerError(request, response, error, services.log);
      }).finally(() => { uploading.delete(request.socket); });
      return true;
    },
  };
};
