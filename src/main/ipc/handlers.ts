/* One line per channel: what a window asks, and whose work it is. */
import type { Metrics } from '../../connection/metrics/metrics';
import type { AppFacts } from '../../shared/ipc';
import type { Disposable } from '../../shared/lib/emitter';
import type { Consoles } from '../consoles';
import type { Sessions } from '../sessions';
import type { Settings } from '../settings';
import type { Files, Transfers } from '../transfers';
import type { Notices, Outside } from '../windows';
import type { Announcer, Handlers } from './ipc';

export interface HandlerParts { facts: AppFacts; settings: Settings; sessions: Sessions; consoles: Consoles; files: Files; transfers: Transfers; metrics: Metrics; notices: Notices; outside: Outside }

export const handlersOf = ({ facts, settings, sessions, consoles, files, transfers, metrics, notices, outside }: HandlerParts): Handlers => ({
  'app.facts': () => facts,
  'hosts.known': () => settings.knownHosts(),
  'hosts.forget': address => { sessions.forget(address); },
  'hosts.connect': () => { sessions.connectKnown(); },
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
  'outside.browse': url => outside.browse(url),
  'outside.answers': address => outside.answers(address),
  'outside.reach': (client, address) => outside.reach(client, address),
  'file.choose': purpose => files.choose(purpose),
  'file.dropped': path => files.take(path),
  'file.place': name => files.place(name),
  'file.settle': (file, whole) => files.settle(file, whole),
  'transfer.receive': (session, file, task, wish, resume) => transfers.receive(session, file, task, wish, resume),
  'transfer.send': (session, file, task, wish, resume) => transfers.send(session, file, task, wish, resume),
  'transfer.cancel': file => { transfers.cancel(file); },
  'console.open': (session, consoleRef) => consoles.open(session, consoleRef),
  'console.write': (id, bytes) => { consoles.write(id, bytes); },
  'console.ack': (id, byteCount) => { consoles.ack(id, byteCount); },
  'console.close': id => { consoles.close(id); },
});

/** Tells the window what changes. A session that ends takes its consoles with it. */
export const announceAll = ({ sessions, consoles, transfers, metrics, notices }: HandlerParts, announce: Announcer): Disposable => {
  const listening = [
    sessions.onState.on(view => {
      if (view.state.at === 'closed') consoles.closeOf(view.id);
      metrics.note(view);
      announce('session.state', view);
    }),
    sessions.onRecords.on(patch => { announce('session.records', patch); }),
    metrics.onRows.on(rows => { announce('metrics.rows', rows); }),
    notices.onClicked.on(about => { announce('notice.clicked', { about }); }),
    transfers.onProgress.on(progress => { announce('transfer.progress', progress); }),
    consoles.onData.on(data => { announce('console.data', data); }),
    consoles.onClosed.on(closed => { announce('console.closed', closed); }),
  ];
  return { dispose: () => { for (const each of listening) each.dispose(); } };
};
