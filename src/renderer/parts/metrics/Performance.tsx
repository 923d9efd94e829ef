import QueryStats from '@mui/icons-material/QueryStats';
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useId, useState } from 'react';
import { type Figures, type MetricsClass, type MetricsHistory, type Session, useRecords, useSession, useSessionView, useTick, useValue, useWorld } from '../../api';
import { ChartPanel } from '../../ui/chart/ChartPanel';
import { type Frame, resample } from '../../ui/chart/frame';
import { momentText } from '../../ui/chart/units';
import { EmptyState } from '../../ui/EmptyState';
import { useKept } from '../../ui/kept';
import { FailureView } from '../errors/FailureView';
import { useScreen } from '../actions/stage';
import { EventList } from './EventList';
import { eventsOf } from './events';
import { GraphDialog } from './GraphDialog';
import { type HistoryState, type Measured, useHistories } from './histories';
import { PerformanceBar } from './PerformanceBar';
import { type Detail, type Quantity, quantitiesOf, type Recipe, recipesOf } from './quantities';
import { RangeDialog } from './RangeDialog';
import { type OwnRange, rangeAt, rangeText, wider } from './ranges';
import { sourceWords } from './source-words';
import type { Subject } from './subject';
import { frameOf, type Timeline, timelineOf, within } from './timeline';

/** Two points of other objects are joined over so long a time. */
const JOIN_S = 2.5;

/** The charts of a VM, a host or a storage repository. */
export const Performance = ({ subject }: { subject: Subject }) => {
  const session = useSession();
  const world = useWorld();
  const screen = useScreen();
  const group = useId();
  const { state } = useSessionView();
  useTick();
  const feed = useValue(session.feed.state);
  const graphs = useValue(world.preferred.value).graphs.filter(graph => graph.on === subject.uuid);
  const [range, setRange] = useKept<string>('performance.range', '10min');
  const [own, setOwn] = useState<OwnRange | undefined>(undefined);
  const [each, setEach] = useKept<boolean>('performance.each', false);
  const [others, setOthers] = useState<readonly string[]>([]);
  const compared = useRecords(subject.cls, others);
  const foreign = graphs.flatMap(graph => graph.lines).flatMap(line => measuredOf(session, line)).filter(({ ref }) => ref !== subject.ref && !others.includes(ref));
  const objects: readonly Measured[] = [{ cls: subject.cls, ref: subject.ref }, ...compared.map(({ ref }) => ({ cls: subject.cls, ref })), ...foreign];
  const histories = useHistories([...new Map(objects.map(object => [object.ref, object])).values()]);
  const self = histories.of(subject.ref);

  const nowS = newestOf(session, subject.uuid, self);
  const { fromS, toS } = rangeAt(range, own, nowS);
  /** Made anew with each answer: figures are filled in place. */
  const made = new Map<string, Timeline>();
  const timelines = (uuid: string, ref: string): Timeline => {
    const timeline = made.get(uuid) ?? timelineOf(historyOf(histories.of(ref)), session.feed.figures(uuid), fromS);
    made.set(uuid, timeline);
    return timeline;
  };
  const main = timelines(subject.uuid, subject.ref);
  const events = eventsOf(session, subject, fromS, toS);

  if (self.at === 'failed' && main.times.length === 0) {
    return <Box sx={{ maxWidth: '46em' }}><Typography component="h3" variant="subtitle2" sx={{ mb: 1 }}>Could not read the figures of “{subject.name}”</Typography><FailureView what={`Could not read the figures of “${subject.name}”`} failure={self.failure} session={session} /><Button sx={{ mt: 1 }} onClick={histories.retry}>Try again</Button></Box>;
  }
  if (self.at !== 'loading' && main.names.length === 0) {
    return <EmptyState icon={QueryStats} title="No figures yet" detail={subject.idle === undefined
      ? 'The host keeps no figures of it yet. They come within a few seconds of its start; a host of another kind may keep none at all.'
      : `${subject.idle} There are figures from its first start on, and they stay when it is off.`} />;
  }
  const frameFor = (quantity: Quantity): { lines: readonly string[]; frame: Frame } => {
    const detail: Detail = compared.length > 0 ? 'one' : each ? 'each' : 'together';
    const recipes = recipesOf(subject.cls, quantity.id, main.names, detail);
    const frame = frameOf(main, recipes);
    if (compared.length === 0) return { lines: recipes.map(recipe => recipe.label), frame: within(frame, fromS, toS) };
    const more = compared.map(({ ref, record }) => {
      const timeline = timelines(record.uuid, ref);
      return { name: record.name_label, frame: resample(frameOf(timeline, recipesOf(subject.cls, quantity.id, timeline.names, 'one')), main.times, gapOf(main.times)) };
    });
    const columns = [frame.columns[0] ?? blank(main), ...more.map(other => other.frame.columns[0] ?? blank(main))];
    return { lines: [subject.name, ...more.map(other => other.name)], frame: within({ times: main.times, columns }, fromS, toS) };
  };
  const empty = self.at === 'loading' ? 'Loading…' : 'Nothing is known of this time.';
  const lastS = self.at === 'ready' ? self.history.lastUpdateS : undefined;
  const panel = { fromS, toS, events, group, of: subject.name, empty, onRange: (from: number, to: number) => { setOwn({ fromS: from, toS: to }); } };
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', gap: 1.5 }} aria-busy={self.at === 'loading'}>
      <PerformanceBar subject={subject} range={own ? '' : range} onRange={id => { setOwn(undefined); setRange(id); }} each={each} onEach={setEach} others={others} onOthers={setOthers}
        own={own && { text: rangeText(own), onWider: () => { const next = wider(own, nowS); setOwn(next); }, onEnd: () => { setOwn(undefined); } }}
        onType={() => { screen.show(close => <RangeDialog shown={{ fromS, toS }} close={close} onChosen={setOwn} />); }}
        onGraph={() => { screen.show(close => <GraphDialog session={session} preferred={world.preferred} subject={subject} names={main.names} close={close} />); }} />
      {subject.idle !== undefined && lastS !== undefined && (
        <Alert severity="info" action={own === undefined && lastS < fromS ? <Button color="inherit" onClick={() => { setOwn({ fromS: lastS - (toS - fromS), toS: lastS }); }}>Show them</Button> : undefined}>
          {subject.idle} The last figures are of {momentText(lastS)}.
        </Alert>
      )}
      {subject.idle === undefined && feed.at === 'failed' && state.at === 'live' && <Alert severity="warning">The host gives no new figures just now. What is shown ends at {momentText(nowS)}; it is asked again by itself.</Alert>}
      <Box sx={{ display: 'grid', gap: 1.5, gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 26em), 1fr))' }}>
        {quantitiesOf(subject.cls).map(quantity => { const drawn = frameFor(quantity); return <ChartPanel key={quantity.id} title={quantity.title} unit={quantity.unit} {...panel} {...drawn} {...(drawn.lines.length === 0 && self.at !== 'loading' && { empty: 'The host does not measure this.' })} />; })}
        {graphs.map(graph => {
          const lines = graph.lines.map(line => ({ ...line, words: sourceWords(line.source), object: measuredOf(session, line)[0] }));
          const columns = lines.map(({ uuid, source, object, words }) => {
            const recipe: Recipe = { label: words.text, sources: [source], by: 'sum' };
            if (!object) return blank(main);
            const frame = frameOf(timelines(uuid, object.ref), [recipe]);
            return (uuid === subject.uuid ? frame : resample(frame, main.times, gapOf(main.times))).columns[0] ?? blank(main);
          });
          const nameOf = (line: typeof lines[number]): string => (line.uuid === subject.uuid ? line.words.text : `${nameAt(session, line.object) ?? 'gone'}: ${line.words.text}`);
          return <ChartPanel key={graph.id} title={graph.title} unit={lines[0]?.words.unit ?? 'number'} lines={lines.map(nameOf)} frame={within({ times: main.times, columns }, fromS, toS)} {...panel} entries={[
            { id: 'edit', label: 'Edit graph…', why: undefined, run: () => { screen.show(close => <GraphDialog session={session} preferred={world.preferred} subject={subject} names={main.names} graph={graph} close={close} />); } },
            { id: 'delete', label: 'Delete graph', danger: true, why: undefined, run: () => { world.preferred.set({ graphs: world.preferred.value.get().graphs.filter(other => other.id !== graph.id) }); } },
          ]} />;
        })}
      </Box>
      <EventList events={events} />
      <Typography variant="caption" sx={{ color: 'text.secondary' }}>Drag over a chart to look closer. Times are those of this computer’s clock zone.</Typography>
    </Box>
  );
};

const historyOf = (state: HistoryState): MetricsHistory | undefined => (state.at === 'ready' ? state.history : undefined);
/** Time goes on for charts with what comes, and not without it. */
const newestOf = ({ feed }: Session, uuid: string, self: HistoryState): number => {
  const own: Figures | undefined = feed.figures(uuid);
  const known = [own?.times.at(-1), feed.newestS, historyOf(self)?.lastUpdateS].filter((t): t is number => t !== undefined && !Number.isNaN(t));
  return known.length > 0 ? Math.max(...known) : 0;
};
const blank = ({ times }: Timeline): Float32Array => new Float32Array(times.length).fill(Number.NaN);
const gapOf = (times: Float64Array): number => {
  let widest = 5;
  for (let i = 1; i < times.length; i++) widest = Math.max(widest, Math.min(86_400, (times[i] ?? 0) - (times[i - 1] ?? 0)));
  return widest * JOIN_S;
};
const measuredOf = ({ records }: Session, { cls, uuid }: { cls: MetricsClass; uuid: string }): Measured[] => {
  for (const [ref, record] of records.all(cls)) if (record.uuid === uuid) return [{ cls, ref }];
  return [];
};
const nameAt = ({ records }: Session, object: Measured | undefined): string | undefined => (object ? records.get(object.cls, object.ref)?.name_label : undefined);
