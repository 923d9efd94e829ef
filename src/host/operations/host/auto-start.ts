import type { Ref } from '../../../shared/api';
import { alert } from '../message/alert';
import { inOrder } from '../appliance/sequence';
import type { Desk } from '../desk';
import { ownContext } from '../own-context';
import { start } from '../vm/start';

/* VMs that start with their host, as on XenServer: other_config:auto_poweron of the pool and of the VM. Only when the machine itself has booted - a service
 * that is merely started again finds its VMs as they are, and one that a person has shut down stays down. */

const KEY = 'auto_poweron';
const BOOT_SEEN = 'host.boot-id';

/** Call when everything else is settled. Resolves when all have been started or have failed. @param bootId of the system that runs now */
export const autoStart = async (desk: Desk, bootId: string): Promise<void> => {
  const seen = desk.store.setting(BOOT_SEEN);
  if (bootId === '' || seen === bootId) return;
  // Written first: a service that dies on the way must not start later what a person has shut down meanwhile.
  desk.store.setSetting(BOOT_SEEN, bootId);
  if (seen === undefined) return; // this service is new here, and nothing was running under it
  if (![...desk.store.all('pool').values()].some(pool => isOn(pool.other_config))) return;
  const vms = [...desk.store.all('VM')].filter(([, vm]) => isOn(vm.other_config) && !vm.is_a_template && vm.power_state === 'Halted').map(([ref]) => ref);
  if (vms.length === 0) return;
  desk.log.info('the host has booted: VMs are started', { count: vms.length });
  const failed = await inOrder(desk, { vms, direction: 'up', work: async vm => { await start(desk)(ownContext(desk), vm, false, false); }, signal: desk.stopping, progress: () => {} });
  for (const { vm, why } of failed) tell(desk, vm, why);
};

const isOn = (config: Readonly<Record<string, string>>): boolean => config[KEY] === 'true';

const tell = (desk: Desk, vm: Ref<'VM'>, why: string): void => {
  const record = desk.store.find('VM', vm);
  if (!record) return;
  desk.log.error('a VM did not start with the host', { vm: record.uuid, why });
  alert(desk, { name: 'VM_AUTO_START_FAILED', priority: 2, cls: 'VM', uuid: record.uuid, body: `${record.name_label} did not start with the host: ${why}` });
};
