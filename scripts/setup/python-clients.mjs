/* Set-up: what tests need of Debian's `ansible` and `python3-os-xenapi`. Installed whole they bring 300 MB and forty packages; these few files of them are only unpacked. */
import fs from 'node:fs';
import path from 'node:path';
import { CACHE } from '../places.mjs';
import { must, quiet } from '../run/child.mjs';
import { Stop } from '../run/say.mjs';

const UNPACKED = path.join(CACHE, 'python-clients');
const MODULES = './usr/lib/python3/dist-packages';
const WANTED = {
  'python3-os-xenapi': [`${MODULES}/os_xenapi/client/XenAPI.py`],
  'ansible': ['MANIFEST.json', 'meta/runtime.yml', 'plugins/module_utils/xenserver.py', 'plugins/doc_fragments/xenserver.py', ...['', '_info', '_powerstate'].map(which => `plugins/modules/xenserver_guest${which}.py`)]
    .map(file => `${MODULES}/ansible_collections/community/general/${file}`),
};

export const pythonClients = {
  name: 'Python clients',
  why: 'tests let real clients of XenAPI talk to the host',
  isDone: () => Object.values(WANTED).flat().every(file => fs.existsSync(path.join(UNPACKED, file))),
  async run() {
    fs.mkdirSync(CACHE, { recursive: true });
    const work = fs.mkdtempSync(path.join(CACHE, '.python-clients-'));
    try {
      const names = Object.keys(WANTED);
      if (!(await quiet('apt-get', ['-q', 'download', ...names], { cwd: work })).ok) await downloadByOwnLists(work, names);
      for (const name of names) {
        const file = fs.readdirSync(work).find(each => each.startsWith(`${name}_`));
        if (file === undefined) throw new Stop(`apt-get has not brought ${name}.`);
        await must('sh', ['-c', 'dpkg-deb --fsys-tarfile "$1" | { shift; tar -x "$@"; }', 'sh', file, ...WANTED[name]], { cwd: work });
        fs.rmSync(path.join(work, file));
      }
      fs.chmodSync(work, 0o755);
      fs.rmSync(UNPACKED, { recursive: true, force: true });
      fs.renameSync(work, UNPACKED);
    } finally {
      fs.rmSync(work, { recursive: true, force: true });
    }
  },
};

/** The machine's lists may be absent, or name versions that are gone. */
async function downloadByOwnLists(work, names) {
  for (const folder of ['lists/partial', 'cache/archives/partial']) fs.mkdirSync(path.join(work, 'apt', folder), { recursive: true });
  const own = ['-o', `Dir::State::lists=${work}/apt/lists`, '-o', `Dir::Cache=${work}/apt/cache`];
  await must('apt-get', [...own, '-q', 'update'], { cwd: work });
  await must('apt-get', [...own, '-q', 'download', ...names], { cwd: work });
  fs.rmSync(path.join(work, 'apt'), { recursive: true });
}
