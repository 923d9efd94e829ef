/* electron-builder's last look at the packed folder: what belongs to a runtime for developing stays out. */
import fs from 'node:fs';
import path from 'node:path';

export default function afterPack({ appOutDir }) {
  for (const name of ['resources/default_app.asar', '.made', 'version']) fs.rmSync(path.join(appOutDir, name), { force: true });
}
