import { isNull, type Records, type Ref } from '../../../shared/api';
import type { Desk } from '../desk';
import { messageOf } from '../failure';
import { ownContext } from '../own-context';
import { boot } from '../vm/boot';
import { forgetTransfer, keepTransfer, show, unblock, vmOf, type Transfer } from './kept';

/* Makes what has come boot on its new machine: the VM is started once with the kernel and the agent of the boot medium, which put the installed system
 * right on its own disks (fstab, initramfs, boot loader, names of network cards), say what they did on the serial line, and power the machine off. */

export const FIX_KERNEL = 'p2v/vmlinuz', FIX_INITRD = 'p2v/initrd.img';
/** Under software emulation an initramfs takes minutes. */
const FIX_LIMIT_MS = 45 * 60_000;
const LOG_BYTES = 256 * 1024, WORDS_MAX_CHARS = 1000;

const CONSOLE = 'console=tty0 console=ttyS0,115200 quiet panic=10 mitigations=off';
const argsOf = ({ nics }: Transfer): string => [CONSOLE, 'p2v.mode=fix', ...(nics.length === 0 ? [] : [`p2v.nics=${nics.filter(({ name, mac }) => /^[a-z0-9]{1,15}$/i.test(name) && mac !== '').map(({ name, mac }) => `${name}=${mac}`).join(',')}`])].join(' ');
const forFixing = (transfer: Transfer): Partial<Records['VM']> => ({ HVM_boot_policy: '', PV_kernel: FIX_KERNEL, PV_ramdisk: FIX_INITRD, PV_args: argsOf(transfer), actions_after_crash: 'destroy' });
const FOR_GOOD: Partial<Records['VM']> = { HVM_boot_policy: 'BIOS order', PV_kernel: '', PV_ramdisk: '', PV_args: '', actions_after_crash: 'restart' };

/** In the background: the records tell of it. After a restart of the service it goes on where it was. */
export const fixing = (desk: Desk, transfer: Transfer): void => {
  fix(desk, transfer).catch((error: unknown) => { if (!desk.stopping.aborted) desk.log.error('a machine that has come is not put right', { vm: transfer.vmUuid, why: messageOf(error) }); });
};

const fix = async (desk: Desk, transfer: Transfer): Promise<void> => {
  const vm = vmOf(desk, transfer);
  if (vm === undefined) { forgetTransfer(desk, transfer.id); return; }
  const { other_config } = desk.store.get('VM', vm);
  if (desk.store.get('VM', vm).PV_kernel !== FIX_KERNEL) {
    const why = isLinux(other_config) ? await start(desk, transfer, vm) : 'nothing to put right: no Linux was found on it';
    if (why !== undefined) { settle(desk, transfer, vm, !isLinux(other_config), why); return; }
  }
  const ended = await halted(desk, vm);
  if (desk.stopping.aborted || !desk.store.find('VM', vm)) return; // the next start goes on
  if (!ended) await desk.engine.kill(transfer.vmUuid);
  await halted(desk, vm);
  const outcome = outcomeOf(await desk.engine.consoleLog(transfer.vmUuid, LOG_BYTES));
  settle(desk, transfer, vm, outcome.ok, outcome.words);
};

const isLinux = (shown: Readonly<Record<string, string>>): boolean => (shown['p2v-systems'] ?? '') !== '' && !/^Windows[^;]*$/.test(shown['p2v-systems'] ?? '');

/** Undefined: it runs. Else why not, in words. */
const start = async (desk: Desk, transfer: Transfer, vm: Ref<'VM'>): Promise<string | undefined> => {
  if (await desk.guests.resolve(FIX_KERNEL) === undefined) return 'this host has no P2V boot medium of its own yet: build it, then put the machine right';
  desk.store.transaction(tx => { tx.set('VM', vm, forFixing(transfer)); });
  unblock(desk, vm);
  try {
    await desk.lock.run(ownContext(desk), vm, 'start', signal => boot(desk, vm, { of: 'P2V.fix', startPaused: false, signal, progress: () => {} }));
    return undefined;
  } catch (error) {
    return `it could not be started to be put right: ${messageOf(error)}`;
  }
};

/** False: it took too long, or the service stops. */
const halted = (desk: Desk, vm: Ref<'VM'>): Promise<boolean> => new Promise(resolve => {
  const isSo = (): boolean => (desk.store.find('VM', vm)?.power_state ?? 'Halted') === 'Halted';
  const settled = (value: boolean) => (): void => { clearTimeout(timer); watch.dispose(); desk.stopping.removeEventListener('abort', stopped); resolve(value); };
  const timer = setTimeout(() => { settled(false)(); }, FIX_LIMIT_MS);
  timer.unref();
  const watch = desk.store.onCommit(() => { if (isSo()) settled(true)(); });
  const stopped = settled(false);
  desk.stopping.addEventListener('abort', stopped, { once: true });
  if (isSo()) settled(true)();
});

/** The agent's last word: `P2V-FIXED words` or `P2V-NOT-FIXED words`. */
const outcomeOf = (log: string): { ok: boolean; words: string } => {
  const [, word, words = ''] = [...log.matchAll(/P2V-(FIXED|NOT-FIXED) ([^\r\n]*)/g)].at(-1) ?? [];
  if (word === undefined) return { ok: false, words: 'the system that was to put it right said nothing; its console log may tell more' };
  return { ok: word === 'FIXED', words: words.slice(0, WORDS_MAX_CHARS) };
};

const settle = (desk: Desk, transfer: Transfer, vm: Ref<'VM'>, ok: boolean, words: string): void => {
  desk.store.transaction(tx => { tx.set('VM', vm, FOR_GOOD); });
  unblock(desk, vm);
  show(desk, vm, { p2v: ok ? 'ready' : 'unfixed', 'p2v-words': words, 'p2v-rate': '', 'p2v-heard': '' });
  if (ok) forgetTransfer(desk, transfer.id); else keepTransfer(desk, { ...transfer, state: 'unfixed' });
  desk.log.info(ok ? 'a machine was brought in' : 'a machine was brought in, but not put right', { vm: transfer.vmUuid, words });
};

/** Once more, for one that could not be put right. */
export const fixAgain = (desk: Desk, transfer: Transfer): void => {
  const vm = vmOf(desk, transfer);
  if (vm === undefined || isNull(vm)) return;
  keepTransfer(desk, { ...transfer, state: 'fixing' });
  show(desk, vm, { p2v: 'fixing', 'p2v-words': '' });
  fixing(desk, { ...transfer, state: 'fixing' });
};
