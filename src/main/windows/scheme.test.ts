import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { APP_URL, fileOf, serveFile } from './scheme';

const outer = fs.mkdtempSync(path.join(os.tmpdir(), 'scheme-'));
const folder = path.join(outer, 'renderer');
fs.mkdirSync(path.join(folder, 'assets'), { recursive: true });
fs.mkdirSync(path.join(outer, 'renderer-secret'));
fs.writeFileSync(path.join(folder, 'index.html'), '<p>hello</p>');
fs.writeFileSync(path.join(folder, 'assets', 'a.js'), '1');
fs.writeFileSync(path.join(folder, 'key.pem'), 'secret');
fs.writeFileSync(path.join(outer, 'secret.json'), '{}');
fs.writeFileSync(path.join(outer, 'renderer-secret', 'x.json'), '{}');
afterAll(() => { fs.rmSync(outer, { recursive: true }); });

describe('app://console/', () => {
  it('serves its files with their type and the policy', async () => {
    const page = await serveFile(folder, APP_URL);
    expect(await page.text()).toBe('<p>hello</p>');
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    expect((await serveFile(folder, `${APP_URL}assets/a.js?x=1`)).headers.get('content-type')).toContain('javascript');
  });
  it.each(['absent.html', 'assets', 'key.pem', '%2e%2e/secret.json', '..%2fsecret.json', '../secret.json', '..%2frenderer-secret/x.json', 'a%00.html', '..%5csecret.json', '%zz'])('has no %s', async name => {
    const answer = await serveFile(folder, `${APP_URL}${name}`);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toBe('');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  });
  it.each(['app://other/index.html', 'app://console.evil/index.html', 'file:///etc/passwd', 'https://console/index.html'])('is not %s', url => { expect(fileOf(folder, url)).toBeUndefined(); });
});
