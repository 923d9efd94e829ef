import type { Ref } from '../../../shared/api';
import type { Desk } from '../desk';
import { messageOf } from '../failure';
import type { Step } from '../plan';

/* What machines keep beside their disks (UEFI variables, TPM, console log) comes and goes with their VMs' records. Whose record is about to come or to go is
 * written down before, so a crash in between leaves nothing behind; and what nobody wrote down is nobody's here to throw away: a TPM may hold the key to a disk. */

const KEY = 'operations.kept';

/** Goes along to a VM whose record comes next. */
export const keptStep = (desk: Desk, from: Ref<'VM'>, toUuid: string): Step => ({
  name: 'copy what the machine keeps', weight: 1,
  do: async () => {
    const { uuid } = desk.store.get('VM', from);
    if (!(await desk.engine.kept()).includes(uuid)) return;
    begin(desk, toUuid);
    await desk.engine.copyKept(uuid, toUuid);
  },
  undo: async () => { await desk.engine.forget(toUuid); end(desk, toUuid); },
});

/** Removes a VM's records by `drop`, then what its machine has kept. */
export const dropWithKept = async (desk: Desk, uuid: string, drop: () => void): Promise<void> => {
  begin(desk, uuid);
  drop();
  try { await desk.engine.forget(uuid); end(desk, uuid); } catch (error) { desk.log.error('what a machine kept stays until the next start', { vm: uuid, why: messageOf(error) }); }
};

/** At the start of the service. */
export const settleKept = async (desk: Desk): Promise<void> => {
  const vms = new Map([...desk.store.all('VM').values()].map(vm => [vm.uuid, vm])), kept = await desk.engine.kept();
  for (const uuid of open(desk)) {
    if (!vms.has(uuid)) await forget(desk, uuid, 'all');
    end(desk, uuid);
  }
  for (const uuid of kept) {
    const vm = vms.get(uuid);
    if (vm?.VTPMs.length === 0 && vm.power_state === 'Halted') await forget(desk, uuid, 'tpm'); // VTPM.destroy was under way
  }
};

const forget = async (desk: Desk, uuid: string, part: 'all' | 'tpm'): Promise<void> => {
  try { await desk.engine.forget(uuid, part); } catch (error) { desk.log.error('what a machine kept stays', { vm: uuid, why: messageOf(error) }); }
};

const open = (desk: Desk): readonly string[] => JSON.parse(desk.store.setting(KEY) ?? '[]') as string[];
/** Durable when this returns. Those whose VM is there by now need no note any more. */
const begin = (desk: Desk, uuid: string): void => {
  const there = new Set([...desk.store.all('VM').values()].map(vm => vm.uuid));
  write(desk, [...open(desk).filter(each => each !== uuid && !there.has(each)), uuid]);
};
const end = (desk: Desk, uuid: string): void => {
  const now = open(desk);
  if (now.includes(uuid)) write(desk, now.filter(each => each !== uuid));
};
const write = (desk: Desk, uuids: readonly string[]): void => { desk.store.setSetting(KEY, JSON.stringify(uuids)); };
