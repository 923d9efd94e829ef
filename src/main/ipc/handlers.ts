/* One line per channel: what a window asks, and whose work it is. */
import type { AppFacts } from '../../shared/ipc';
import type { Disposable } from '../../shared/lib/emitter';
import type { Consoles } from '../consoles';
import type { Metrics } from '../metrics';
import type { Sessions } from '../sessions';
import type { Settings } from '../settings';
import type { Archives, Uploads } from '../uploads';
import type { Notices } from '../windows';
import type { Announcer, Handlers } from './ipc';

export interface HandlerParts { facts: AppFacts; settings: Settings; sessions: Sessions; consoles: Consoles; uploads: Uploads; archives: Archives; metrics: Metrics; notices: Notices }

export const handlersOf = ({ facts, settings, sessions, consoles, uploads, metrics, notices, archives }: HandlerParts): Handlers => ({
  'app.facts': () => facts,
  'hosts.known': () => settings.knownHosts(),
  'hosts.forget': address => { sessions.forget(address); },
  'sessions.list': () => sessions.list(),
  'session.connect': request => sessions.connect(request),
  'session.disconnect': session => sessions.disconnect(session),
  'session.retry': session => { sessions.retry(session); },
  'session.move': (session, address) => sessions.move(session, address),
  'session.call': (session, method, args) => sessions.call(session, method, args),
  'session.records': session => sessions.records(session),
  'metrics.watch': (session, wanted) => { metrics.watch(session, wanted); },
  'metrics.history': (session, cls, ref) => metrics.history(session, cls, ref),
  'preferences.read': () => settings.preferences,
  'preferences.write': preferences => { settings.prefer(preferences); },
  'notice.show': notice => { notices.show(notice); },
  'upload.choose': () => uploads.choose(),
  'upload.dropped': path => uploads.take(path),
  'upload.send': (session, file, vdi) => uploads.send(session, file, vdi),
  'upload.cancel': file => { uploads.cancel(file); },
  'archive.choose': () => archives.choose(),
  'archive.place': name => archives.place(name),
  'archive.export': (session, file, task, wish) => archives.export(session, file, task, wish),
  'archive.settle': (file, whole) => archives.settle(file, whole),
  'archive.import': (session, file, task, wish) => archives.import(session, file, task, wish),
  'console.open': (session, consoleRef) => consoles.open(session, consoleRef),
  'console.write': (id, bytes) => { consoles.write(id, bytes); },
  'console.ack': (id, byteCount) => { consoles.ack(id, byteCount); },
  'console.close': id => { consoles.close(id); },
});

/** Tells the window what changes. A session that ends takes its consoles with it. */
export const announceAll = ({ sessions, consoles, uploads, metrics, notices }: HandlerParts, announce: Announcer): Disposable => {
  const listening = [
    sessions.onState.on(view => {
      if (view.state.at === 'closed') consoles.closeOf(view.id);
      metrics.note(view);
      announce('session.state', view);
    }),
    sessions.onRecords.on(patch => { announce('session.records', patch); }),
    metrics.onRows.on(rows => { announce('metrics.rows', rows); }),
    notices.onClicked.on(about => { announce('notice.clicked', { about }); }),
    uploads.onProgress.on(progress => { announce('upload.progress', progress); }),
    consoles.onData.on(data => { announce('console.data', data); }),
    consoles.onClosed.on(closed => { announce('console.closed', closed); }),
  ];
  return { dispose: () => { for (const each of listening) each.dispose(); } };
};
