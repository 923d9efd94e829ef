import type { MachineStats } from '../engine/contract';
import type { Counters } from '../network/contract';
import type { Collect, Reading, Subjects, VmSubject } from './contract';
import { readHost, type HostSeen, type VmsSum } from './host';
import { readMachineFacts, type MachineFacts } from './machine-facts';
import { addToSrs, readSr, srMoment, type SrTotals } from './sr';
import { readVm, type VmSeen } from './vm';

/* One look at everything: all machines are asked at once and read as they answer, the kernel's files are read beside. A machine that hangs is left out when
 * the others have long been read; what it did meanwhile shows when it answers again. */

/** The tick is every 5 s; a QEMU that takes longer than this is busy with something else. */
export const STATS_PATIENCE_MS = 4_000;

export interface Means {
  subjects: () => Subjects;
  stats: (uuid: string, patienceMs: number) => Promise<MachineStats>;
  counters: () => Promise<Counters>;
  machineFacts?: () => Promise<MachineFacts>;
  /** Milliseconds that only go forward. */
  elapsed?: () => number;
}

export const createCollector = ({ subjects, stats, counters: readCounters, machineFacts = readMachineFacts, elapsed = () => performance.now() }: Means): Collect => {
  let vms = new Map<string, VmSeen>(), host: HostSeen | undefined, srsBefore: SrTotals = new Map();
  const srTotals: SrTotals = new Map();
  return async () => {
    const now = subjects(), reading = Promise.all([machineFacts(), readCounters()]).then(facts => [...facts, elapsed()] as const);
    reading.catch(() => {}); // it is waited for below
    const answers = await Promise.all(now.vms.map(vm => stats(vm.uuid, STATS_PATIENCE_MS).then(said => ({ vm, said, at: elapsed() }), () => undefined)));
    const [facts, counters, at] = await reading;
    const seen = new Map<string, VmSeen>(), readings: Reading[] = [];
    for (const { uuid } of now.vms) { const before = vms.get(uuid); if (before) seen.set(uuid, before); }
    for (const answer of answers) {
      if (!answer) continue;
      const { vm, said } = answer, before = vms.get(vm.uuid), one = readVm(vm, said, answer.at, nicsOf(vm, counters), before);
      addToSrs(srTotals, vm, said, before?.stats);
      seen.set(vm.uuid, one.seen);
      readings.push(one.reading);
    }
    vms = seen;
    const srMoments = now.srs.map(sr => srMoment(sr, srTotals, srsBefore));
    const own = readHost(now, facts, at, { counters, vms: sumOf(now.vms, seen), srMoments }, host);
    host = own.seen;
    srsBefore = new Map(srMoments.map(moment => [moment.sr.uuid, moment.now]));
    for (const uuid of srTotals.keys()) if (!now.srs.some(sr => sr.uuid === uuid)) srTotals.delete(uuid);
    return [own.reading, ...srMoments.map(readSr), ...readings];
  };
};

const nicsOf = (vm: VmSubject, counters: Counters): ReadonlyMap<string, NonNullable<ReturnType<Counters['vif']>>> =>
  new Map(vm.vifs.flatMap(device => { const counted = counters.vif({ vmUuid: vm.uuid, device }); return counted ? [[device, counted] as const] : []; }));

const sumOf = (vms: readonly VmSubject[], seen: ReadonlyMap<string, VmSeen>): VmsSum => vms.reduce<VmsSum>((sum, vm) => {
  const stats = seen.get(vm.uuid)?.stats, actual = stats?.memory?.actualBytes;
  return {
    count: sum.count + 1, vcpus: sum.vcpus + (stats?.vcpuSeconds.length ?? 0),
    reclaimedBytes: sum.reclaimedBytes + (actual === undefined ? 0 : Math.max(0, vm.memoryDynamicMaxBytes - actual)),
    reclaimableBytes: sum.reclaimableBytes + Math.max(0, vm.memoryDynamicMaxBytes - vm.memoryDynamicMinBytes),
  };
}, { count: 0, vcpus: 0, reclaimedBytes: 0, reclaimableBytes: 0 });
