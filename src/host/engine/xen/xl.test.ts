import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { asEngineError, xlOf } from './xl';

/* What xl 4.17 said in the lab. */
it.each([
  ['network-attach', 'libxl: error: libxl_aoutils.c:539:async_exec_timeout: killing execution of /etc/xen/scripts/vif-bridge online because of timeout\nlibxl: error: libxl_device.c:1481:device_addrm_aocomplete: Domain 1:Unable to add vif with id 1\nlibxl_device_nic_add failed.',
    'refused', 'killing execution of /etc/xen/scripts/vif-bridge online because of timeout; Unable to add vif with id 1; libxl_device_nic_add failed.'],
  ['pause', 'nope is an invalid domain identifier (rc=-6)', 'not-running', 'nope is an invalid domain identifier (rc=-6)'],
  ['destroy', 'libxl: error: libxl_domain.c:1183:libxl__destroy_domid: Domain 99:Non-existant domain\nlibxl: error: libxl_domain.c:1137:domain_destroy_callback: Domain 99:Unable to destroy guest\nlibxl: error: libxl_domain.c:1064:domain_destroy_cb: Domain 99:Destruction of domain failed\ndestroy failed (rc=-21)',
    'not-running', 'Non-existant domain; Unable to destroy guest; Destruction of domain failed'],
  ['block-attach', 'libxl: error: libxl_dom.c:37:libxl__domain_type: unable to get domain type for domid=99\nlibxl: error: libxl_device.c:1486:device_addrm_aocomplete: unable to add device', 'not-running', 'unable to get domain type for domid=99; unable to add device'],
  ['pause', 'libxl: error: libxl_domain.c:587:libxl_domain_pause: Domain 99:Pausing domain: No such process', 'not-running', 'Pausing domain: No such process'],
  ['create', 'libxl: error: libxl_domain.c:81:libxl__domain_rename: Domain 2:Domain with name "web-1.11111111" already exists.\nlibxl: error: libxl_create.c:1296:initiate_domain_create: Domain 2:cannot make domain: -6', 'already-running', 'Domain with name "web-1.11111111" already exists.; cannot make domain: -6'],
  ['list', 'libxl: warning: libxl_domain.c:2603:retrieve_domain_configuration_end: Domain 1:Device present in JSON but not in xenstore, ignored\nlibxl: error: libxl_x.c:1:f: no', 'refused', 'no'],
  ['create', 'Parsing config from xl.cfg\nlibxl: error: libxl_create.c:1:f: Domain 3:out of memory', 'start-failed', 'out of memory'],
])('tells what %s complained of', (command, said, kind, message) => { expect(asEngineError(command, said)).toMatchObject({ kind, message }); });

it('hears a complaint that xl itself takes for none, and a program that is not there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'xl-')), xl = join(folder, 'xl');
  try {
    writeFileSync(xl, '#!/bin/sh\necho "libxl: error: libxl_domain.c:587:libxl_domain_pause: Domain 99:Pausing domain: No such process" >&2\n', { mode: 0o755 });
    await expect(xlOf(xl)(['pause', '99'])).rejects.toMatchObject({ kind: 'not-running' });
    expect(await xlOf(xl)(['list'])).toBe('');
    await expect(xlOf(join(folder, 'none'))(['list'])).rejects.toMatchObject({ kind: 'missing-program', message: expect.stringContaining('apt install xen-system-amd64') as string });
  } finally { rmSync(folder, { recursive: true }); }
});
