import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { loadCertificate } from './api/certificate';
import { startServer } from './api/server';
import { openAuditLog } from './audit/log';
import { makePassword, prepareDataDirectory, readPassword, SetUpError, writeLocalToken } from './boot/data-directory';
import { readHardware } from './boot/hardware';
import { unprivilegedIdentity } from './boot/identity';
import { createLog } from './boot/log';
import { readOptions, USAGE, UsageError, type Options } from './boot/options';
import { createQemuEngine } from './engine/qemu';
import { createXenEngine, xenLack } from './engine/xen';
import { createTemplateBuilder } from './guests/builder';
import { createInstallSources } from './guests/install/sources';
import { openGuestLibrary } from './guests/library';
import { createP2vMedium } from './guests/p2v-medium';
import { createSeeds } from './guests/seed/seeds';
import { openArchives } from './metrics/archives';
import { createCollector } from './metrics/collector';
import { startTicks } from './metrics/ticks';
import { createNetworks } from './network/networks';
import { createCourier } from './notify';
import { deriveAllowed } from './operations/allowed';
import { startBrain } from './operations/brain';
import type { Services } from './operations/contract';
import { licenceKeys } from './operations/licence/keys';
import { watchBoundaries } from './operations/plan';
import { hasAdministratorPassword, isPassword, ADMINISTRATOR, setAdministratorPassword } from './operations/session/passwords';
import { copyImage } from './storage/copy';
import { openImage } from './storage/open-image';
import { dirDriver } from './storage/dir';
import { createIsoDriver } from './storage/iso';
import { iscsiDriver } from './storage/iscsi';
import { lvmDriver } from './storage/lvm';
import { lvmOverIscsiDriver } from './storage/lvm/over-iscsi';
import { createNfsDriver } from './storage/nfs';
import { rbdDriver } from './storage/rbd';
import { NfsFolder } from './storage/nfs/folder';
import { udevDriver } from './storage/udev';
import { openStore, StoreError } from './store/store';
import type { Store } from './store/contract';
import { createTransfer } from './transfer';
import { createMachineUsers } from './users/pam';

/* The hypervisor host's process: wires the rooms together, says on stdout where it listens, and ends on a signal.
 * The virtual machines are processes of their own and go on. */

/** Everything is closed within this time, or the process ends without. */
const END_LIMIT_MS = 10_000;
/** --stop-vms-on-exit: how long the guests may take; then the power goes. */
const STOP_VMS_PATIENCE_MS = 60_000;

const log = createLog(process.stderr, Date.now);
/** What was started, with its end; ended backwards. */
const ends: (() => void | Promise<void>)[] = [];

const start = async (options: Options): Promise<void> => {
  const { dieAtFile } = options;
  if (dieAtFile !== undefined) watchBoundaries((plan, boundary) => { if (existsSync(dieAtFile) && readFileSync(dieAtFile, 'utf8') === `${plan}:${boundary}`) process.kill(process.pid, 'SIGKILL'); });
  const data = prepareDataDirectory(options.data);
  const repositories: Services['repositories'] = new Map();
  // The database first: it is locked as long as this service lives, so a second one stops here.
  const store = openStore({ path: data.database, derive: deriveAllowed(uuid => repositories.get(uuid)), log });
  ends.push(() => store.dispose());
  const audit = openAuditLog({ directory: data.audit, now: Date.now, log, anchor: { read: () => store.setting('audit.anchor'), write: text => { store.setSetting('audit.anchor', text); } } });
  ends.push(() => { audit.write({ call: 'service.ended', phase: 'done' }); audit.dispose(); });
  audit.write({ call: 'service.started', phase: 'done', args: { version: version() } });
  await settlePassword(store, options.passwordFile);

  const identity = { brand: options.brand, version: version(), address: reachableAddress(options.listen.address), port: options.listen.port, certificatePem: '' };
  const tls = await loadCertificate(data.tls, [identity.address, readHardware().hostname]);
  identity.certificatePem = tls.cert;
  const stopping = new AbortController();
  const runAs = unprivilegedIdentity();
  const noXen = await xenLack(), places = { runDirectory: data.run, keptDirectory: data.kept, log };
  const engine = noXen === undefined ? createXenEngine(places) : createQemuEngine({ ...places, cacheDirectory: data.cache, ...(runAs ? { runAs } : {}) });
  ends.push(() => engine.dispose());

  const networks = createNetworks({ directory: data.network, ownEnds: noXen === undefined, ...(runAs ? { runAs } : {}) });
  ends.push(() => networks.dispose());

  const metrics = openArchives({ directory: data.metrics, log });
  ends.push(() => metrics.dispose());

  const storageDrivers = [dirDriver, await createNfsDriver({ directory: dirDriver, mountRoot: data.mounts, runAs }), iscsiDriver, lvmDriver, lvmOverIscsiDriver, rbdDriver,
    createIsoDriver({ mountRoot: data.mounts, openNfs: (server, path) => NfsFolder.open(server, path, { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }) }), udevDriver];
  const p2vMedium = createP2vMedium(path.join(data.templates, 'p2v'), beside('scripts/guests'));
  const brain = await startBrain({
    store, engine, repositories, storageDrivers: new Map(storageDrivers.map(driver => [driver.type, driver])), hardware: readHardware, networks, metrics, courier: createCourier(), audit, copyImage, openImage, transfer: createTransfer({ folder: data.spool, ...(runAs ? { runAs } : {}) }),
    guests: await openGuestLibrary([options.guests, data.templates], data.boot, log), builder: await createTemplateBuilder({ scripts: beside('scripts/guests'), directory: data.templates, log }), seeds: createSeeds(), p2vMedium,
    installs: await createInstallSources({ directory: data.install, cache: path.join(data.cache, 'install') }), log, now: Date.now, identity, stopping: stopping.signal, licenceKeys: licenceKeys(options.acceptDevelopmentLicences),
  }, uuid => data.localSr(uuid));
  ends.push(() => brain.dispose());
  if (options.licenceFile !== undefined) brain.offerLicence(readText(options.licenceFile));
  const collect = createCollector({ subjects: () => brain.subjects(), stats: (uuid, patienceMs) => engine.stats(uuid, patienceMs), counters: () => networks.counters() });
  const ticks = startTicks({ collect, take: (atMs, readings) => { metrics.update(atMs, readings); brain.measured(atMs, readings); }, log, now: Date.now });
  ends.push(async () => { ticks.dispose(); await ticks.ended; });

  const token = options.localTokenFile === undefined ? undefined : writeLocalToken(options.localTokenFile);
  if (token) ends.push(() => token.dispose());
  const server = await startServer({ brain, store, metrics, audit, log, listen: options.listen, tls, stopping: stopping.signal, now: Date.now, web: beside('out/renderer'), machineUsers: createMachineUsers(process.getuid?.() === 0), ...(token ? { localToken: token } : {}) });
  ends.push(() => { stopping.abort(new Error('the service stops')); return server.dispose(); });
  if (options.stopVmsOnExit) ends.push(() => brain.stopVms(STOP_VMS_PATIENCE_MS)); // while clients still see it
  identity.port = server.port;
  brain.publishAddress();

  const host = identity.address.includes(':') ? `[${identity.address}]` : identity.address;
  process.stdout.write(`${JSON.stringify({ url: `https://${host}:${server.port}`, fingerprint: tls.fingerprint256 })}\n`);
  log.info('ready', { address: options.listen.address, port: server.port, fingerprint: tls.fingerprint256, data: options.data, engine: noXen ?? 'xen', qemuUser: runAs?.uid ?? 'own' });
};

const readText = (file: string): string => { try { return readFileSync(file, 'utf8'); } catch (error) { throw new SetUpError(`--licence cannot be read: ${(error as Error).message}`); } };

/** Given: it is the administrator's from now on. None yet and none given: made, and shown this once. */
const settlePassword = async (store: Store, file: string | undefined): Promise<void> => {
  if (file !== undefined) {
    const password = readPassword(file);
    if (!await isPassword(store, ADMINISTRATOR, password)) await setAdministratorPassword(store, password);
  } else if (!hasAdministratorPassword(store)) {
    const password = makePassword();
    await setAdministratorPassword(store, password);
    process.stderr.write(`\nThe administrator's password, shown only this once:   user ${ADMINISTRATOR}   password ${password}\n\n`);
  }
};

/** Where clients find a service that listens everywhere. */
const reachableAddress = (address: string): string => (['0.0.0.0', '::', ''].includes(address) ? readHardware().uplink?.address ?? '127.0.0.1' : address);

/** Beside the built file, or beside the sources. */
const beside = (name: string): string => path.join(import.meta.dirname, '../..', name);
const version = (): string => (JSON.parse(readFileSync(beside('package.json'), 'utf8')) as { version: string }).version;

let ending: Promise<void> | undefined;
const end = (code: number, stopsVms = false): Promise<void> => ending ??= (async () => {
  const limit = setTimeout(() => { log.error('not everything could be closed in time'); process.exit(1); }, END_LIMIT_MS + 2 * STOP_VMS_PATIENCE_MS * Number(stopsVms));
  for (const stop of ends.splice(0).reverse()) {
    try { await stop(); } catch (error) { log.error('not closed', { why: error }); code ||= 1; }
  }
  clearTimeout(limit);
  process.exit(code);
})();

/** What the person who started it can put right is one plain line; the rest is for us. */
const explain = (error: unknown, options: Options): string => {
  const code = (error as NodeJS.ErrnoException).code;
  const at = `${options.listen.address}:${options.listen.port}`;
  if (code === 'EADDRINUSE') return `cannot listen on ${at}: another program does`;
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `cannot listen on ${at}: ${(error as Error).message}`;
  if (error instanceof SetUpError || error instanceof StoreError) return error.message;
  return error instanceof Error ? error.stack ?? error.message : String(error);
};

const main = async (): Promise<void> => {
  process.umask(0o077);
  process.stdout.on('error', () => { /* whoever waited for the line is gone */ });
  let options: Options;
  try { options = readOptions(process.argv.slice(2)); } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${USAGE}\n`);
    process.exit(2);
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => { log.info('ends', { signal }); void end(0, options.stopVmsOnExit); });
  process.on('unhandledRejection', error => { log.error('unhandled', { why: error instanceof Error ? error.stack : error }); });
  process.on('uncaughtException', error => { log.error('uncaught', { why: error.stack }); void end(1); });
  try { await start(options); } catch (error) {
    process.stderr.write(`The host does not start: ${explain(error, options)}\n`);
    await end(1);
  }
};

await main();
