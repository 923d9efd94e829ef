/* happy-dom has no canvas: a 2D context that remembers the lines that were drawn on it. What they look like is seen in Electron (e2e/performance.e2e.ts). */

export interface DrawnLine { colour: string; dash: readonly number[]; /** x and y, in turn. */ points: readonly number[]; /** Stretches that may be seen: one more than there are gaps, or none if there is no gap. */ stretches: number }
interface Kept { lines: DrawnLine[]; words: string[] }
const kept = new WeakMap<HTMLCanvasElement, Kept>();
/** What stands on a canvas now. */
export const drawnOn = (canvas: HTMLCanvasElement | null): Kept => (canvas && kept.get(canvas)) ?? { lines: [], words: [] };

class Path {
  points: number[] = [];
  rects = 0;
  addPath(other: Path): void { this.points.push(...other.points); this.rects += other.rects; }
  moveTo(x: number, y: number): void { this.points.push(x, y); }
  lineTo(x: number, y: number): void { this.points.push(x, y); }
  arc(): void { /* a point is no line */ }
  rect(): void { this.rects += 1; }
  closePath(): void { /* nothing to keep */ }
}

class Context {
  strokeStyle = '';
  fillStyle = '';
  font = '';
  readonly canvas: HTMLCanvasElement;
  readonly #kept: Kept = { lines: [], words: [] };
  #dash: readonly number[] = [];
  #path = new Path();
  #clips: number[] = [0];
  constructor(canvas: HTMLCanvasElement) { this.canvas = canvas; kept.set(canvas, this.#kept); }
  setLineDash(dash: readonly number[]): void { this.#dash = dash; }
  save(): void { this.#clips.push(this.#clips.at(-1) ?? 0); }
  restore(): void { this.#clips.pop(); }
  beginPath(): void { this.#path = new Path(); }
  moveTo(x: number, y: number): void { this.#path.moveTo(x, y); }
  lineTo(x: number, y: number): void { this.#path.lineTo(x, y); }
  rect(): void { this.#path.rect(); }
  clip(path?: Path): void { this.#clips[this.#clips.length - 1] = path?.rects ?? 0; }
  stroke(path: Path = this.#path): void { if (path.points.length > 0) this.#kept.lines.push({ colour: this.strokeStyle, dash: this.#dash, points: path.points, stretches: this.#clips.at(-1) ?? 0 }); }
  fillText(words: string): void { this.#kept.words.push(words); }
  clearRect(): void { this.#kept.lines.length = 0; this.#kept.words.length = 0; }
  measureText(words: string): { width: number } { return { width: words.length * 6 }; }
  fill(): void { /* no surfaces are looked at */ }
  fillRect(): void { /* nor these */ }
  translate(): void { /* lines stay where they are */ }
  rotate(): void { /* nor do they turn */ }
  scale(): void { /* nor grow */ }
  drawImage(): void { /* a picture of a picture */ }
}

Object.assign(globalThis, { Path2D: Path });
const contexts = new WeakMap<HTMLCanvasElement, Context>();
HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement) {
  const context = contexts.get(this) ?? new Context(this);
  contexts.set(this, context);
  return context as never;
};
