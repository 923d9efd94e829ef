/* A screen over a DemoHost, for component tests: the session, a stage that shows dialogs and remembers what was said. */
import { act, type BoundFunctions, cleanup, configure, type queries, render, within, screen } from '@testing-library/react';
import { type ReactNode, useSyncExternalStore } from 'react';
import { must } from '../../src/shared/lib/assert';
import type { Disposable } from '../../src/shared/lib/emitter';
import { type Failure, type Session, SessionScope, Value, World, WorldScope } from '../../src/renderer/api';
import { perform } from '../../src/renderer/parts/actions/action';
import { type Screen, ScreenContext } from '../../src/renderer/parts/actions/stage';
import { DemoBridge } from './demo-bridge';

/* Asking the style of every ancestor whether it is hidden takes most of a test's time; on a busy machine an answer takes its while. */
configure({ defaultHidden: true, asyncUtilTimeout: 10_000 });

export interface DemoScreen extends Disposable {
  bridge: DemoBridge;
  session: Session;
  /** What the stage was told, in order. */
  told: string[];
  failures: Failure[];
  show(body: ReactNode): void;
  dialog(): BoundFunctions<typeof queries>;
  methods(): string[];
  /** The arguments of the last call of `method`. */
  argsOf(method: string): readonly unknown[];
}

export const demoScreen = async (bridge = new DemoBridge()): Promise<DemoScreen> => {
  bridge.begin();
  const world = new World(bridge);
  const running = world.start();
  await new Promise(resolve => { setTimeout(resolve, 5); });
  const session = must(world.sessions.get()[0], 'session');
  const told: string[] = [];
  const failures: Failure[] = [];
  const dialogs = new Value<readonly { id: number; body: ReactNode }[]>([]);
  let last = 0;
  let shown = 0;
  const stage: Screen = {
    select: target => { told.push(`select ${target.ref}`); }, succeeded: words => { told.push(words); }, failed: (what, failure) => { told.push(what); failures.push(failure); }, explain: () => undefined,
    show: dialog => {
      const id = ++last;
      dialogs.set([...dialogs.get(), { id, body: dialog(() => { dialogs.set(dialogs.get().filter(open => open.id !== id)); }) }]);
    },
    perform: (action, selection) => { perform(action, selection, stage, () => ({ kind: 'defect', message: 'test' })); }, openMenu: () => undefined, shortcutOf: action => action.shortcut, find: (title, query) => { told.push(`find ${title}: ${query}`); },
  };
  const Dialogs = () => <>{useSyncExternalStore(dialogs.watch, dialogs.get).map(({ id, body }) => <div key={id}>{body}</div>)}</>;
  return {
    bridge, session, told, failures,
    show: body => { const first = shown++ === 0; act(() => { render(<WorldScope world={world}><SessionScope session={session}><ScreenContext value={stage}>{body}{first && <Dialogs />}</ScreenContext></SessionScope></WorldScope>); }); },
    dialog: () => within(screen.getByRole('dialog')),
    methods: () => bridge.host.calls.map(call => call.method),
    argsOf: method => must(bridge.host.calls.findLast(call => call.method === method), method).args,
    dispose: () => { cleanup(); running.dispose(); },
  };
};
