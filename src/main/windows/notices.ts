/* What the desktop says for us, in the words of the page. */
import { Notification } from 'electron';
import type { DesktopNotice } from '../../shared/ipc';
import { Emitter } from '../../shared/lib/emitter';

/** Kept so that a click on an older one still leads somewhere. */
const KEPT_MAX = 20;

export class Notices {
  readonly onClicked = new Emitter<string>();
  /** Without a reference Electron would forget whom to tell of a click. */
  readonly #shown: Notification[] = [];

  show({ title, body, about }: DesktopNotice): void {
    if (!Notification.isSupported()) return;
    const notice = new Notification({ title, body });
    notice.on('click', () => { this.onClicked.emit(about); });
    notice.show();
    this.#shown.push(notice);
    if (this.#shown.length > KEPT_MAX) this.#shown.shift();
  }
}
