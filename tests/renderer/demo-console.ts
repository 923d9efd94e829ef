/* The far end of a console: a shell that repeats what it is told, or an RFB 3.8 server with one still picture. */

const PROMPT = '\r\nWelcome to Tiny Linux\r\n\r\n~ # ';
const [WIDTH, HEIGHT] = [640, 400];
const u16 = (value: number): number[] => [value >> 8, value & 255];

export class DemoConsole {
  readonly #kind: 'rfb' | 'vt100';
  readonly #say: (bytes: Uint8Array) => void;
  #stage = 0;
  #painted = false;
  readonly typed: number[] = [];

  constructor(kind: 'rfb' | 'vt100', say: (bytes: Uint8Array) => void) { this.#kind = kind; this.#say = say; }

  begin(): void {
    // Before the answer that names the console: the worst case for who listens.
    this.#say(new TextEncoder().encode(this.#kind === 'rfb' ? 'RFB 003.008\n' : PROMPT));
  }
  write(bytes: Uint8Array): void {
    this.typed.push(...bytes);
    setTimeout(() => { this.#answer(bytes); }, 0);
  }

  #answer(bytes: Uint8Array): void {
    if (this.#kind === 'rfb') { this.#rfb(bytes); return; }
    const text = new TextDecoder().decode(bytes);
    this.#say(new TextEncoder().encode(text.replaceAll('\r', PROMPT.slice(-6))));
  }

  #rfb(bytes: Uint8Array): void {
    switch (this.#stage++) {
      case 0: this.#say(Uint8Array.of(1, 1)); return;
      case 1: this.#say(new Uint8Array(4)); return;
      case 2: this.#say(Uint8Array.of(...u16(WIDTH), ...u16(HEIGHT), 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0, 0, 0, 0, 4, 100, 101, 109, 111)); return;
      default: if (!this.#painted && bytes.length > 0) this.#paint();
    }
  }
  #paint(): void {
    this.#painted = true;
    const head = [0, 0, ...u16(1), 0, 0, 0, 0, ...u16(WIDTH), ...u16(HEIGHT), 0, 0, 0, 0];
    const update = new Uint8Array(head.length + WIDTH * HEIGHT * 4);
    update.set(head);
    for (let y = 0; y < HEIGHT; y++) for (let x = 0; x < WIDTH; x++) update.set([40 + ((x >> 4) % 2) * 60, 90, 60 + ((y >> 4) % 2) * 60, 255], head.length + (y * WIDTH + x) * 4);
    this.#say(update);
  }
}
