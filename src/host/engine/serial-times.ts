/* When a serial line said what: one mark a second, so that a busy line costs no more than a quiet one. */

const MARK_MS = 1_000;
interface Mark { position: number; /** NaN: nobody listened then. */ atMs: number }

export class SerialTimes {
  #marks: Mark[] = [];

  /** What is said from `position` on comes now. `start`: nothing before it is kept any more. */
  note(position: number, atMs: number, start: number): void {
    const last = this.#marks.at(-1);
    if (last && !(atMs - last.atMs < MARK_MS) && !(Number.isNaN(atMs) && Number.isNaN(last.atMs)) || !last) this.#marks.push({ position, atMs });
    let gone = 0;
    while ((this.#marks[gone + 1]?.position ?? Infinity) <= start) gone++;
    if (gone > 0) this.#marks = this.#marks.slice(gone);
  }

  /** These bytes, which begin at `position`, with the time before each line that it is known of. */
  stamp(bytes: Buffer, position: number): string {
    let text = '', mark = -1;
    for (let from = 0; from < bytes.length;) {
      const newline = bytes.indexOf(10, from), end = newline < 0 ? bytes.length : newline + 1;
      while ((this.#marks[mark + 1]?.position ?? Infinity) <= position + from) mark++;
      const atMs = this.#marks[mark]?.atMs ?? Number.NaN;
      text += `${Number.isNaN(atMs) ? '' : `[${new Date(atMs).toISOString().slice(0, 19)}Z] `}${bytes.toString('utf8', from, end)}`;
      from = end;
    }
    return text;
  }
}
