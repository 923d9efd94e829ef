/* What opens outside of this program: web pages, and the person's own SSH or RDP program. Texts that a guest has made come here, so nothing but what is checked goes on. */
import net from 'node:net';
import type { OutsideClient } from '../../shared/ipc';

export const OUTSIDE_PORTS: Readonly<Record<OutsideClient, number>> = { ssh: 22, rdp: 3389 };
const ANSWER_TIMEOUT_MS = 1_500;

export class Outside {
  readonly #open: (url: string) => Promise<void>;
  readonly #ports: Readonly<Record<OutsideClient, number>>;

  /** @param open the system's own way */
  constructor(open: (url: string) => Promise<void>, ports = OUTSIDE_PORTS) { this.#open = open; this.#ports = ports; }

  browse(url: string): Promise<boolean> {
    const page = URL.canParse(url) ? new URL(url) : undefined;
    return page?.protocol === 'https:' || page?.protocol === 'http:' ? this.#opened(page.href) : Promise.resolve(false);
  }

  /** Those that take a connection there now. */
  async answers(address: string): Promise<readonly OutsideClient[]> {
    if (!isPlace(address)) return [];
    const asked = await Promise.all((['ssh', 'rdp'] as const).map(async client => [client, await listens(address, this.#ports[client])] as const));
    return asked.filter(([, answers]) => answers).map(([client]) => client);
  }

  reach(client: OutsideClient, address: string): Promise<boolean> {
    if (!isPlace(address)) return Promise.resolve(false);
    const place = net.isIPv6(address) ? `[${address}]` : address;
    return this.#opened(client === 'ssh' ? `ssh://${place}` : `rdp://full%20address=s:${place}:${this.#ports.rdp}`);
  }

  #opened(url: string): Promise<boolean> { return this.#open(url).then(() => true, () => false); }
}

/** An IP address and nothing else: no name, no options, no zone of a link-local one. */
const isPlace = (address: string): boolean => net.isIP(address) !== 0 && !address.includes('%');

const listens = (host: string, port: number): Promise<boolean> => new Promise(resolve => {
  const socket = net.connect({ host, port, timeout: ANSWER_TIMEOUT_MS });
  const end = (answer: boolean): void => { socket.destroy(); resolve(answer); };
  socket.once('connect', () => { end(true); }).once('timeout', () => { end(false); }).once('error', () => { end(false); });
});
