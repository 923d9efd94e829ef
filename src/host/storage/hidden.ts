import type { DiskImage, ImageSource } from '../engine/contract';

/** Images as qemu-img opens them, their secrets apart: nobody sees those in the list of processes. */
export class Hidden {
  readonly secrets: string[] = [];
  readonly objects: string[] = [];

  readonly #firstFd: number;

  constructor(firstFd = FIRST_HIDDEN_FD) { this.#firstFd = firstFd; }

  open({ format, source }: DiskImage): string { return `json:${JSON.stringify({ driver: format, file: this.#protocol(source) })}`; }

  #protocol(source: ImageSource): Readonly<Record<string, unknown>> {
    switch (source.by) {
      case 'file': return { driver: 'file', filename: source.path };
      case 'device': return { driver: 'host_device', filename: source.path };
      case 'nfs': return { driver: 'nfs', server: { type: 'inet', host: source.server }, path: source.path };
      case 'iscsi': return {
        driver: 'iscsi', transport: 'tcp', portal: source.portal, target: source.target, lun: source.lun, 'initiator-name': source.initiator,
        ...(source.user === undefined ? {} : { user: source.user }), ...(source.password === undefined ? {} : { 'password-secret': this.#secret(source.password) }),
      };
      case 'rbd': return {
        driver: 'rbd', pool: source.pool, image: source.image, user: source.user, 'key-secret': this.#secret(source.key), 'auth-client-required': ['cephx'],
        server: source.monitors.map(monitor => ({ host: monitor.replace(/:\d+$/, ''), port: /:(\d+)$/.exec(monitor)?.[1] ?? '6789' })),
      };
    }
  }

  #secret(value: string): string {
    const id = `secret${this.secrets.length}`;
    this.objects.push('--object', `secret,id=${id},file=/dev/fd/${this.#firstFd + this.secrets.length}`);
    this.secrets.push(value);
    return id;
  }
}
const FIRST_HIDDEN_FD = 3;
