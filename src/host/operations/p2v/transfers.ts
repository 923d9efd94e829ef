import { randomBytes } from 'node:crypto';
import { ApiError } from '../../../shared/api';
import type { Caller, P2v, P2vOpened } from '../contract';
import type { Desk } from '../desk';
import { messageOf } from '../failure';
import { ownContext } from '../own-context';
import { Codes, type Code } from './codes';
import { parseDescription, type Description } from './description';
import { fixing } from './fix';
import { CHUNK_BYTES, hashOf, isToken, keepTransfer, keptTransfers, forgetTransfer, show, vmOf, type Transfer } from './kept';
import { makeVm, newTransfer, placeOf, takeAway } from './make';
import { Receiver } from './receiver';

/* Physical machines on their way in. Each has a transfer, a token that is good for that alone, and a VM that waits for it. */

/** Nobody has sent anything for so long: its disks are let go; then everything that was made for it goes. */
const IDLE_MS = 2 * 60_000;
export const ABANDONED_MS = 24 * 3600_000;
const LOOK_EVERY_MS = 30_000;
const FINISHED_KEPT = 100;

export class Transfers implements P2v {
  readonly codes: Codes;
  readonly #desk: Desk;
  readonly #receivers = new Map<string, Receiver>();
  /** Their agents may ask once more whether it is so. */
  readonly #finished = new Map<string, Pick<Transfer, 'token'>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.codes = new Codes(() => desk.now());
  }

  /** After the records are what is: goes on with what an earlier service had begun. */
  start(): void {
    for (const transfer of keptTransfers(this.#desk)) this.#takeUp(transfer);
    this.#timer = setInterval(() => { void this.look(); }, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  #takeUp(transfer: Transfer): void {
    if (transfer.state === 'leaving') { this.#leave(transfer); return; }
    if (vmOf(this.#desk, transfer) === undefined) { forgetTransfer(this.#desk, transfer.id); return; }
    if (transfer.state === 'receiving') this.#receivers.set(transfer.id, new Receiver(this.#desk, transfer));
    if (transfer.state === 'fixing') fixing(this.#desk, transfer);
  }

  async open(by: { code: string } | { caller: Caller }, origin: string, given: unknown): Promise<P2vOpened> {
    const desk = this.#desk, code = 'code' in by ? await this.codes.check(by.code) : undefined;
    const description = parseDescription(given), token = randomBytes(32).toString('base64url');
    const present = this.#interrupted(description);
    if (present) return this.#again(present, token, code);
    const place = placeOf(desk, code ?? { sr: '', network: '' }), transfer = newTransfer(desk, description, hashOf(token));
    const total = description.disks.reduce((sum, disk) => sum + disk.usedBytes, 0);
    await makeVm(desk, 'caller' in by ? { ...ownContext(desk), caller: by.caller } : ownContext(desk), description, place, transfer, {
      p2v: 'receiving', 'p2v-total': String(total), 'p2v-done': '0', 'p2v-from': `${origin}${description.model === '' ? '' : `, ${description.model}`}`,
      ...(code ? { 'p2v-code': code.id } : {}), 'p2v-systems': description.systems.map(system => system.name).join('; '),
    });
    if (code) this.codes.revoke(code.id); // used
    const receiver = new Receiver(desk, transfer);
    this.#receivers.set(transfer.id, receiver);
    desk.log.info('a machine is being brought in', { vm: transfer.vmUuid, origin, disks: transfer.disks.length, bytes: total, by: code ? 'code' : 'password' });
    return opened(receiver, token);
  }

  /** The same machine once more, after it or its connection was gone. */
  #interrupted({ identity, disks }: Description): Receiver | undefined {
    return [...this.#receivers.values()].find(({ transfer }) => transfer.identity === identity && transfer.disks.length === disks.length
      && disks.every((disk, index) => transfer.disks[index]?.sizeBytes === disk.sizeBytes));
  }

  #again(present: Receiver, token: string, code: Code | undefined): P2vOpened {
    const { transfer } = present;
    present.renew(hashOf(token));
    if (code) {
      this.codes.revoke(code.id);
      const vm = vmOf(this.#desk, transfer);
      if (vm !== undefined) show(this.#desk, vm, { 'p2v-code': code.id });
    }
    this.#desk.log.info('a machine goes on being brought in', { vm: transfer.vmUuid });
    return opened(present, token);
  }

  state(id: string, token: string): { state: string; disks: readonly { done: string }[] } {
    const finished = this.#finished.get(id);
    if (finished && isToken(token, finished)) return { state: 'finished', disks: [] };
    const receiver = this.#of(id, token);
    receiver.heardAt = this.#desk.now();
    return { state: 'receiving', disks: receiver.done().map(done => ({ done })) };
  }

  put(id: string, token: string, disk: number, chunk: number, bytes: Buffer, doneBytes: number): Promise<void> {
    return this.#of(id, token).put(disk, chunk, bytes, doneBytes);
  }

  async finish(id: string, token: string): Promise<void> {
    const finished = this.#finished.get(id);
    if (finished && isToken(token, finished)) return;
    const receiver = this.#of(id, token);
    await receiver.close();
    const transfer: Transfer = { ...receiver.transfer, state: 'fixing' }, total = transfer.disks.reduce((sum, disk) => sum + disk.usedBytes, 0);
    keepTransfer(this.#desk, transfer);
    this.#receivers.delete(id);
    this.#finished.set(id, transfer);
    for (const oldest of this.#finished.keys()) { if (this.#finished.size <= FINISHED_KEPT) break; this.#finished.delete(oldest); }
    const vm = vmOf(this.#desk, transfer);
    if (vm !== undefined) show(this.#desk, vm, { p2v: 'fixing', 'p2v-done': String(total), 'p2v-rate': '' });
    this.#desk.log.info('all of a machine has come', { vm: transfer.vmUuid });
    fixing(this.#desk, transfer);
  }

  /** By its agent, or by an administrator (without a token). */
  async giveUp(id: string, token?: string): Promise<void> {
    const receiver = token === undefined ? this.#receivers.get(id) : this.#of(id, token);
    if (!receiver) throw new ApiError('HANDLE_INVALID', 'transfer', id.slice(0, 100));
    this.#receivers.delete(id);
    await receiver.close().catch((error: unknown) => { this.#desk.log.warn('disks not closed well', { why: messageOf(error) }); });
    await takeAway(this.#desk, receiver.transfer);
  }

  /** Of a VM that is being brought in: its transfer. */
  idOf(vmUuid: string): string | undefined { return [...this.#receivers.values()].find(({ transfer }) => transfer.vmUuid === vmUuid)?.transfer.id; }

  async look(): Promise<void> {
    for (const [id, receiver] of this.#receivers) {
      const silent = this.#desk.now() - receiver.heardAt;
      try {
        if (vmOf(this.#desk, receiver.transfer) === undefined || silent > ABANDONED_MS) await this.giveUp(id);
        else if (receiver.isOpen && silent > IDLE_MS) await receiver.close();
      } catch (error) { this.#desk.log.error('a machine on its way in is not looked after', { vm: receiver.transfer.vmUuid, why: messageOf(error) }); }
    }
  }

  async dispose(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.allSettled([...this.#receivers.values()].map(receiver => receiver.close()));
  }

  #leave(transfer: Transfer): void {
    takeAway(this.#desk, transfer).catch((error: unknown) => { this.#desk.log.error('a machine that did not come is not taken away', { vm: transfer.vmUuid, why: messageOf(error) }); });
  }

  #of(id: string, token: string): Receiver {
    const receiver = this.#receivers.get(id);
    if (!receiver) throw new ApiError('HANDLE_INVALID', 'transfer', id.slice(0, 100));
    if (!isToken(token, receiver.transfer)) throw new ApiError('SESSION_INVALID', '');
    return receiver;
  }
}

const opened = (receiver: Receiver, token: string): P2vOpened => ({
  id: receiver.transfer.id, token, vm: receiver.transfer.vmUuid, chunkBytes: CHUNK_BYTES, disks: receiver.done().map(done => ({ done })),
});

const ofDesk = new WeakMap<Desk, Transfers>();
/** The one of this service. */
export const transfersOf = (desk: Desk): Transfers => {
  const present = ofDesk.get(desk) ?? new Transfers(desk);
  ofDesk.set(desk, present);
  return present;
};
