import type { Duplex } from 'node:stream';

/* As much of a viewer as it takes to see a picture and to type: RFB 3.8, no password, raw pixels. */

export interface Picture {
  width: number; height: number;
  /** Different colours; one means an empty screen. */
  colours: number;
  /** How much of the screen has this colour (0xRRGGBB), from 0 to 1; a VGA in text mode shows 0xaa as 0xa8. */
  share(colour: number): number;
  /** 0xRRGGBB, row by row. */
  pixels: Uint32Array;
}

export class Viewer {
  static async connect(stream: Duplex): Promise<Viewer> {
    const viewer = new Viewer(stream);
    await viewer.#handshake();
    return viewer;
  }
  name = '';
  #width = 0;
  #height = 0;
  #bytesPerPixel = 4;
  readonly #stream: Duplex;
  readonly #bytes: AsyncIterator<Buffer>;
  #have: Buffer = Buffer.alloc(0);

  private constructor(stream: Duplex) { this.#stream = stream; this.#bytes = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>; }

  async picture(): Promise<Picture> {
    const request = Buffer.alloc(10);
    request[0] = 3; // FramebufferUpdateRequest, all of it
    request.writeUInt16BE(this.#width, 6);
    request.writeUInt16BE(this.#height, 8);
    this.#stream.write(request);
    const width = this.#width, height = this.#height, colours = new Map<number, number>(), pixels = new Uint32Array(width * height);
    if ((await this.#read(1))[0] !== 0) throw new Error('not a FramebufferUpdate');
    const rectangles = (await this.#read(3)).readUInt16BE(1);
    for (let i = 0; i < rectangles; i++) {
      const head = await this.#read(12);
      if (head.readInt32BE(8) !== 0) throw new Error('not raw pixels');
      const left = head.readUInt16BE(0), top = head.readUInt16BE(2), columns = head.readUInt16BE(4), bytes = await this.#read(columns * head.readUInt16BE(6) * this.#bytesPerPixel);
      for (let n = 0; n * this.#bytesPerPixel < bytes.length; n++) {
        const colour = bytes.readUIntLE(n * this.#bytesPerPixel, this.#bytesPerPixel) & 0xffffff;
        pixels[(top + Math.floor(n / columns)) * width + left + n % columns] = colour;
        colours.set(colour, (colours.get(colour) ?? 0) + 1);
      }
    }
    return { width, height, pixels, colours: colours.size, share: colour => [...colours].reduce((sum, [each, count]) => sum + (((each ^ colour) & 0xf8f8f8) === 0 ? count : 0), 0) / (width * height) };
  }
  /** Presses and lets go, by its X keysym. */
  key(keysym: number): void { this.#key(keysym, 1); this.#key(keysym, 0); }
  leave(): void { this.#stream.destroy(); }
  #key(keysym: number, down: 0 | 1): void {
    const event = Buffer.alloc(8);
    event[0] = 4; // KeyEvent
    event[1] = down;
    event.writeUInt32BE(keysym, 4);
    this.#stream.write(event);
  }

  async #handshake(): Promise<void> {
    if ((await this.#read(12)).toString() !== 'RFB 003.008\n') throw new Error('not RFB 3.8');
    this.#stream.write('RFB 003.008\n');
    const kinds = await this.#read((await this.#read(1))[0]!);
    if (!kinds.includes(1)) throw new Error('wants a password');
    this.#stream.write(Buffer.of(1));
    if ((await this.#read(4)).readUInt32BE(0) !== 0) throw new Error('refused');
    this.#stream.write(Buffer.of(0)); // asks to be alone, as a careless viewer does
    const init = await this.#read(24);
    this.#width = init.readUInt16BE(0);
    this.#height = init.readUInt16BE(2);
    this.#bytesPerPixel = init[4]! / 8;
    this.name = (await this.#read(init.readUInt32BE(20))).toString();
  }

  async #read(length: number): Promise<Buffer> {
    while (this.#have.length < length) {
      const next = await this.#bytes.next();
      if (next.done) throw new Error('the display ended');
      this.#have = Buffer.concat([this.#have, next.value]);
    }
    const bytes = this.#have.subarray(0, length);
    this.#have = this.#have.subarray(length);
    return bytes;
  }
}
