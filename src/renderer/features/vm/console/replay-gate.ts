/* A terminal answers questions ("where is the cursor?"). What the host replays was asked and answered long ago: a second
 * answer would reach the guest's shell as typed text. So until the replay has been read, answers are kept back; what a person types is not. */

/** Cursor position, device attributes, status, mode and colour reports: what xterm sends by itself. */
const REPORT = /^(?:\[\??[\d;]*[Rn]|\[[?>=]?[\d;]*c|\[\??[\d;]*\$y|[P\]].+)$/su;
const ESCAPE = '\u001b';
const isReport = (text: string): boolean => text.startsWith(ESCAPE) && REPORT.test(text.slice(1));

export class ReplayGate {
  #unread = 0;
  #replaying = true;

  /** A chunk came from the host. */
  arrived(): void { this.#unread++; }
  /** The terminal has read a chunk. The replay is over when it has caught up for the first time. */
  read(): void { if (--this.#unread === 0) this.#replaying = false; }
  /** Whether what the terminal wants to send goes to the guest. */
  passes(text: string): boolean { return !this.#replaying || !isReport(text); }
}
