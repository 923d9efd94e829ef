/* The console's own pages come from app://console/, which serves the files of one folder and nothing else, each with the
 * same strict Content-Security-Policy. */
import fs from 'node:fs/promises';
import path from 'node:path';

export const APP_SCHEME = 'app';
export const APP_URL = `${APP_SCHEME}://console/`;

/** Nothing is loaded from elsewhere and no connection is opened: bytes come over IPC. MUI writes its styles into the page; noVNC draws JPEG rectangles from data: images. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data: blob:", "font-src 'self'",
  "connect-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "frame-src 'none'", "object-src 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.json': 'application/json',
  '.svg': 'image/svg+xml', '.png': 'image/png', '.woff2': 'font/woff2', '.woff': 'font/woff',
};

/** The answer to one request for a page or a part of it. */
export const serveFile = async (folder: string, url: string): Promise<Response> => {
  const file = fileOf(folder, url);
  const type = file === undefined ? undefined : TYPES[path.extname(file).toLowerCase()];
  if (file === undefined || type === undefined) return plain(404);
  try {
    const body = await fs.readFile(file);
    return new Response(new Uint8Array(body), { headers: { ...HEADERS, 'content-type': type } });
  } catch {
    return plain(404);
  }
};

const HEADERS = { 'content-security-policy': CONTENT_SECURITY_POLICY, 'x-content-type-options': 'nosniff', 'cross-origin-opener-policy': 'same-origin', 'referrer-policy': 'no-referrer' };
const plain = (status: number): Response => new Response('', { status, headers: { ...HEADERS, 'content-type': 'text/plain' } });

/** The file that a URL names, or undefined if it leads out of the folder. */
export const fileOf = (folder: string, url: string): string | undefined => {
  if (!url.startsWith(APP_URL)) return undefined;
  let name: string;
  try { name = decodeURIComponent(new URL(url).pathname); } catch { return undefined; }
  if (name.includes('\0') || name.includes('\\')) return undefined;
  const file = path.resolve(folder, `.${name === '/' ? '/index.html' : name}`);
  return file.startsWith(path.resolve(folder) + path.sep) ? file : undefined;
};
