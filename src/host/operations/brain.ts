import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, isNull, type Records, type Ref } from '../../shared/api';
import type { Reading, Subjects } from '../metrics/contract';
import { arrivalsOf, settleArrivals } from './archive/arrivals';
import { settleDepartures, watchDepartures } from './archive/departures';
import { watchAudit } from './audit/watch';
import { exportMetadata, exportVm } from './archive/export';
import { importMetadata, importVm } from './archive/import';
import { exportVdi, importVdi } from './archive/vdi';
import type { Brain, Handlers, Services } from './contract';
import { createDesk, type Desk } from './desk';
import { messageOf, translated } from './failure';
import { createHandlers } from './handlers';
import { bootstrap, publishAddress } from './host/bootstrap';
import { autoStart } from './host/auto-start';
import { refreshHostMetrics } from './host/memory';
import { createAlerts } from './metrics/alerts';
import { createExporter } from './metrics/exporter';
import { followOwners } from './metrics/belongings';
import { subjectsOf, wantsMinMax } from './metrics/subjects';
import { startNotifying } from './notify/notify';
import { offerLicence } from './licence/licences';
import { watchLicence } from './licence/watch';
import { offerTemplates } from './template/offer';
import { reconcile, reconcileSr } from './reconcile';
import { transfersOf } from './p2v/transfers';
import { recordDrivers } from './sm/records';
import { watchStorage } from './sr/watch';
import { writeVdi } from './vdi/write';
import { startCoalescer } from './sr/coalesce';
import { followEngine, ownContext } from './vm/follow';
import { discardHalfMade } from './vm/discard';
import { endHalfOwn } from './vm/instant';
import { followGuests } from './vm/guest-refresh';
import { startInstalled } from './vm/installer/go-on';
import { cleanShutdown, hardShutdown } from './vm/shutdown';

/* The brain as main sees it: the handlers for the API, and the few moments of the service's life. */

export interface LiveBrain extends Brain {
  /** The address and port are known now. */
  publishAddress(): void;
  /** A licence file given with the command line: as host.license_add, but a refusal ends nothing. */
  offerLicence(contents: string): void;
  /** Whom the metrics are about, now. */
  subjects(): Subjects;
  /** What was just read of them. */
  measured(atMs: number, readings: readonly Reading[]): void;
  /** For a service that is asked to take its VMs with it: asks every guest, waits that long, then takes the power away. */
  stopVms(patienceMs: number): Promise<void>;
  /** After `stopping` was aborted: resolves when the operations under way have ended, or will not. */
  dispose(): Promise<void>;
}

const METRICS_EVERY_MS = 30_000;
/** An operation that has been told to stop undoes what it did; the next start undoes what is left. */
const OPERATIONS_END_LIMIT_MS = 5_000;

/** @param more handlers of other rooms (session, task, event) */
export const startBrain = async (services: Services, localSrPath: (uuid: string) => string, more: Handlers = {}): Promise<LiveBrain> => {
  const desk = createDesk(services);
  const following = followEngine(desk), notifying = startNotifying(desk), alerts = createAlerts(desk), exporter = createExporter(desk);
  try {
    await bootstrap(desk, localSrPath);
    await recordDrivers(desk);
    settleArrivals(desk);
    await reconcile(desk);
    await settleDepartures(desk, () => true);
    await endHalfOwn(desk);
    await discardHalfMade(desk);
    await offerTemplates(desk);
    refreshHostMetrics(desk);
  } catch (error) { following.dispose(); notifying.dispose(); throw error; }
  const guests = followGuests(desk), owners = followOwners(desk), p2v = transfersOf(desk);
  p2v.start();
  void autoStart(desk, desk.hardware().bootId).catch((error: unknown) => { if (!desk.stopping.aborted) desk.log.error('VMs not started with the host', { why: messageOf(error) }); });
  void startInstalled(desk);
  void watchAudit(desk);
  const metrics = setInterval(() => { refreshHostMetrics(desk); }, METRICS_EVERY_MS);
  const storage = watchStorage(desk, sr => reconcileSr(desk, sr));
  const coalescer = startCoalescer(desk), departures = watchDepartures(desk), licence = watchLicence(desk);
  return {
    handlers: { ...createHandlers(desk), ...more },
    openConsole: of => openConsole(desk, of),
    screenshot: of => screenshot(desk, of),
    p2v,
    p2vIso: () => desk.p2vMedium.facts().iso,
    writeVdi: (context, vdi, bytes, announcedBytes) => writeVdi(desk, context, desk.store.find('VDI', vdi) ? vdi as Ref<'VDI'> : desk.store.byUuid('VDI', vdi), bytes, announcedBytes),
    archives: { exportVm: exportVm(desk), exportMetadata: exportMetadata(desk), importVm: importVm(desk), importMetadata: importMetadata(desk), exportVdi: exportVdi(desk), importVdi: importVdi(desk) },
    arrivals: arrivalsOf(desk),
    publishAddress: () => publishAddress(desk),
    offerLicence: contents => { offerLicence(desk, contents); },
    subjects: () => { desk.metrics.keepMinMax(wantsMinMax(desk)); return subjectsOf(desk); },
    measured: (atMs, readings) => { exporter.take(atMs, readings); alerts.take(atMs, readings); },
    scrape: token => exporter.scrape(token),
    stopVms: patienceMs => stopVms(desk, patienceMs),
    dispose: async () => {
      clearInterval(metrics);
      coalescer.dispose();
      departures.dispose();
      licence.dispose();
      guests.dispose();
      owners.dispose();
      storage.dispose();
      await p2v.dispose();
      await Promise.race([desk.lock.idle(), delay(OPERATIONS_END_LIMIT_MS, undefined, { ref: false })]);
      following.dispose();
      notifying.dispose();
    },
  };
};

/** Of a graphical console: a serial line has no picture. */
const screenshot = async (desk: Desk, { uuid, ref }: { uuid?: string; ref?: string }): Promise<Buffer> => {
  const { VM: vm, protocol } = findConsole(desk, uuid, ref), { uuid: vmUuid, power_state } = desk.store.get('VM', vm);
  if (power_state !== 'Running' && power_state !== 'Paused') throw new ApiError('VM_BAD_POWER_STATE', vm, 'running, paused', power_state.toLowerCase());
  if (protocol !== 'rfb') throw new ApiError('VALUE_NOT_SUPPORTED', 'uuid', uuid ?? ref ?? '', 'a console of text has no picture');
  return translated({ vm }, () => desk.engine.screenshot(vmUuid));
};

const openConsole = async (desk: Desk, { uuid, ref }: { uuid?: string; ref?: string }): Promise<{ stream: Duplex; protocol: Records['console']['protocol'] }> => {
  const console = findConsole(desk, uuid, ref);
  const { VM: vm, protocol } = console;
  const { uuid: vmUuid, power_state } = desk.store.get('VM', vm);
  if (power_state !== 'Running' && power_state !== 'Paused') throw new ApiError('VM_BAD_POWER_STATE', vm, 'running, paused', power_state.toLowerCase());
  if (protocol !== 'rfb' && protocol !== 'vt100') throw new ApiError('INTERNAL_ERROR', `no console speaks ${protocol}`);
  return { stream: await translated({ vm }, () => desk.engine.openConsole(vmUuid, protocol)), protocol };
};

/** A console, or a VM's RFB console. */
const findConsole = (desk: Desk, uuid: string | undefined, ref: string | undefined): Readonly<Records['console']> => {
  const named = <C extends 'console' | 'VM'>(cls: C): Readonly<Records[C]> | undefined =>
    (ref !== undefined && !isNull(ref) ? desk.store.find(cls, ref) : [...desk.store.all(cls).values()].find(record => record.uuid === uuid));
  const console = named('console');
  if (console) return console;
  const vm = named('VM');
  if (!vm) throw ref === undefined ? new ApiError('UUID_INVALID', 'console', uuid ?? '') : new ApiError('HANDLE_INVALID', 'console', ref);
  const rfb = vm.consoles.map(one => desk.store.get('console', one)).find(one => one.protocol === 'rfb');
  if (!rfb) throw new ApiError('VM_BAD_POWER_STATE', ref ?? '', 'running', vm.power_state.toLowerCase());
  return rfb;
};

const stopVms = async (desk: Desk, patienceMs: number): Promise<void> => {
  const context = { ...ownContext(desk), task: { ...ownContext(desk).task, signal: AbortSignal.timeout(patienceMs) } };
  const up = (): Ref<'VM'>[] => [...desk.store.all('VM')].filter(([, vm]) => vm.power_state === 'Running' || vm.power_state === 'Paused').map(([ref]) => ref);
  desk.stopsVms = true;
  await Promise.allSettled(up().filter(vm => desk.store.get('VM', vm).power_state === 'Running').map(async vm => { await cleanShutdown(desk)(context, vm); }));
  // A start that was under way before is seen when it has ended; after the last round what stays, stays.
  for (let round = 0; round < STOP_ROUNDS && (round === 0 || up().length > 0); round++) {
    const rest = await Promise.allSettled(up().map(async vm => { await hardShutdown(desk)(ownContext(desk), vm); }));
    for (const outcome of rest) if (outcome.status === 'rejected') desk.log.error('VM not stopped', { why: String(outcome.reason) });
    await desk.lock.idle();
  }
};
const STOP_ROUNDS = 3;
