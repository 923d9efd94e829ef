import path from 'node:path';
import { nullRef } from '../src/shared/api';
import { openStore } from '../src/host/store/store';

/* A host's database filled with halted VMs, as an inventory that grew over the years: each with a network card and a CD drive. The service must not run. */
export const fillStore = (data: string, count: number): void => {
  const store = openStore({ path: path.join(data, 'state.db') });
  try {
    const [network] = store.all('network').keys();
    const MiB = 1024 ** 2;
    store.transaction(tx => {
      for (let i = 0; i < count; i++) {
        const vm = tx.create('VM', {
          name_label: `vm-${String(i).padStart(6, '0')}`, name_description: 'one of many', memory_static_max: 512 * MiB, memory_dynamic_max: 512 * MiB, memory_dynamic_min: 512 * MiB, memory_static_min: 64 * MiB,
          memory_target: 512 * MiB, VCPUs_max: 1, VCPUs_at_startup: 1, HVM_boot_policy: 'BIOS order', HVM_boot_params: { order: 'cd' }, platform: { viridian: 'false' }, power_state: 'Halted', domid: -1,
          other_config: { folder: `/f${i % 20}` }, tags: [`t${i % 7}`], metrics: tx.create('VM_metrics', {}), guest_metrics: nullRef<'VM_guest_metrics'>(),
        });
        tx.create('VIF', { VM: vm, network: network ?? nullRef<'network'>(), device: '0', MAC: `02:00:${[i >> 24, i >> 16, i >> 8, i].map(byte => (byte & 255).toString(16).padStart(2, '0')).join(':')}`, MTU: 1500 });
        tx.create('VBD', { VM: vm, VDI: nullRef<'VDI'>(), userdevice: '3', type: 'CD', mode: 'RO', empty: true });
      }
    });
  } finally { store.dispose(); }
};
