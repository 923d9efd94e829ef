import { useEffect } from 'react';
import type { DesktopNotice, Session, World } from '../api';
import type { Screen } from '../parts/actions/stage';
import { MESSAGES } from '../parts/lists';
import { bodyOf, subjectOf, titleOf, weightOf } from '../parts/messages/messages';

/* Alerts, told by the desktop while the console stands behind other windows: each message once, those that come together as one. */

const GATHER_MS = 2_000;
const SINGLE_MAX = 3;
const BODY_MAX_CHARS = 240;

/** What of a session's messages is new to a person: not what was there when the connection was made. */
export class AlertNotices {
  readonly #session: Session;
  readonly #tell: (notice: DesktopNotice) => void;
  readonly #seen = new Set<string>();
  readonly #waiting: string[] = [];
  readonly #stop: () => void;
  #filled = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(session: Session, tell: (notice: DesktopNotice) => void) {
    this.#session = session;
    this.#tell = tell;
    const stops = [session.records.index(MESSAGES).watch(() => { this.#look(); }), session.view.watch(() => { this.#look(); })];
    this.#stop = () => { for (const stop of stops) stop(); };
    this.#look();
  }
  dispose(): void { this.#stop(); clearTimeout(this.#timer); }

  #look(): void {
    const { records } = this.#session;
    const fresh = [...records.all('message')].filter(([, message]) => !this.#seen.has(message.uuid));
    for (const [, message] of fresh) this.#seen.add(message.uuid);
    // The first fill, and only it, is what a person has before their eyes.
    if (!this.#filled) { this.#filled = this.#session.isLive; return; }
    const worth = fresh.filter(([, message]) => weightOf(message) !== 'info').map(([ref]) => ref);
    if (worth.length === 0) return;
    this.#waiting.push(...worth);
    this.#timer ??= setTimeout(() => { this.#say(); }, GATHER_MS);
  }

  #say(): void {
    this.#timer = undefined;
    const messages = this.#waiting.splice(0).flatMap(ref => { const record = this.#session.records.get('message', ref); return record ? [record] : []; });
    const titles = messages.map(message => `${titleOf(message)}: ${subjectOf(this.#session, message)?.name ?? 'the host'}`);
    if (messages.length > SINGLE_MAX) {
      this.#tell({ title: `${messages.length} alerts`, body: `${titles.slice(0, SINGLE_MAX).join('\n')}\nand ${messages.length - SINGLE_MAX} more`.slice(0, BODY_MAX_CHARS), about: `${this.#session.id} ` });
      return;
    }
    messages.forEach((message, i) => { this.#tell({ title: (titles[i] ?? '').slice(0, BODY_MAX_CHARS), body: bodyOf(message).slice(0, BODY_MAX_CHARS), about: `${this.#session.id} ${message.obj_uuid}` }); });
  }
}

/** While the window is open. A click leads to the object. */
export const useAlertNotices = (world: World, screen: Screen): void => {
  useEffect(() => {
    const running = new Map<Session, AlertNotices>();
    const tell = (notice: DesktopNotice): void => { if (world.preferred.value.get().notify) world.tellDesktop(notice); };
    const look = (): void => {
      const sessions = world.sessions.get();
      for (const [session, notices] of running) if (!sessions.includes(session)) { notices.dispose(); running.delete(session); }
      for (const session of sessions) if (!running.has(session)) running.set(session, new AlertNotices(session, tell));
    };
    const stops = [world.sessions.watch(look), world.onNoticeClicked(about => { follow(world, screen, about); })];
    look();
    return () => { for (const stop of stops) stop(); for (const notices of running.values()) notices.dispose(); };
  }, [world, screen]);
};

const follow = (world: World, screen: Screen, about: string): void => {
  const cut = about.indexOf(' ');
  const session = world.session(about.slice(0, cut));
  if (!session) return;
  const uuid = about.slice(cut + 1);
  for (const cls of ['VM', 'host', 'SR'] as const) {
    for (const [ref, record] of session.records.all(cls)) if (record.uuid === uuid) { screen.select({ session, cls, ref }); return; }
  }
  screen.select({ session, cls: 'session', ref: session.id }, 'alerts');
};
