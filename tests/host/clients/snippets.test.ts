import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startHost, type TestHost } from '../../fixtures/host';
import { PYTHON, PYTHON_ENV } from '../../fixtures/python-clients';

/* The pages for integrators: what stands in them is run here, against a real host, with the clients that they are about. */

const ROOT = path.resolve(import.meta.dirname, '../../..');
const run = promisify(execFile);
let host: TestHost;
beforeAll(async () => { host = await startHost(); });
afterAll(async () => { await host.dispose(); });

/** The snippets of a page in one language. */
const snippets = (page: string, language: string): string[] =>
  [...fs.readFileSync(path.join(ROOT, `docs/integrate/${page}.md`), 'utf8').matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);

/** Writes a snippet into the host's folder (or where its packages are found), and runs a program on it; answers what it printed. */
const play = async (program: string, args: readonly string[], name: string, text: string, folder = host.folder): Promise<string> => {
  const file = path.join(folder, name), certificate = path.join(host.data, 'tls/tls-cert.pem');
  fs.writeFileSync(file, text);
  try {
    const env = { ...process.env, ...PYTHON_ENV, HOME: host.folder, LC_ALL: 'C.UTF-8', XENAPI_URL: host.url, XENAPI_PASSWORD: host.password, SSL_CERT_FILE: certificate, XENAPI_CERT: certificate };
    return (await run(program, [...args, file], { cwd: host.folder, env })).stdout;
  } catch (error) {
    const { message, stdout = '', stderr = '' } = error as Error & { stdout?: string; stderr?: string };
    throw new Error([message, stdout, stderr].join('\n'));
  } finally { fs.rmSync(file, { force: true }); }
};

it('Python, by XenAPI.py', async () => {
  const [script = ''] = snippets('python', 'python');
  expect(await play(PYTHON, [], 'snippet.py', script)).toBe('start: success -> Running\nrefused: VM_BAD_POWER_STATE\nmemory: 128 MiB\ngone: True\n');
});

it('a shell, by curl', async () => {
  const [script = ''] = snippets('curl', 'bash');
  expect(await play('bash', [], 'snippet.sh', script)).toMatch(/^made [0-9a-f-]{36}\n"message":"VM_BAD_POWER_STATE"\nVMs of that name: 2\n"step":"5"\n$/);
});

it('Node.js, by npm xen-api, and by a WebSocket alone', async () => {
  const said: string[] = [];
  for (const [i, script] of snippets('node', 'js').entries()) said.push(await play(process.execPath, [], `snippet-${process.pid}-${i}.mjs`, script, path.join(ROOT, 'node_modules')));
  expect(said).toEqual(['state: Running\nrefused: VM_BAD_POWER_STATE\n', 'event: mod told by a WebSocket\n']);
});

it('Ansible: made, changed, started, looked at, deleted', async () => {
  const [playbook = ''] = snippets('ansible', 'yaml');
  expect(await play('ansible-playbook', ['-i', 'localhost,', '-c', 'local', '-e', `ansible_python_interpreter=${PYTHON}`], 'snippet.yml', playbook)).toMatch(/ok=6 +changed=4 .*failed=0/);
  expect(await (await host.connect()).call('VM.get_by_name_label', 'from-ansible')).toEqual([]);
});
