import Computer from '@mui/icons-material/ComputerOutlined';
import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import Button from '@mui/material/Button';
import { useCallback, useMemo, useState } from 'react';
import { type Session, SessionScope, useSession, useTicks } from '../../../api';
import type { Target } from '../../../parts/actions/action';
import { useScreen } from '../../../parts/actions/stage';
import { VMS } from '../../../parts/lists';
import { isMetric } from '../../../parts/metrics/columns';
import { topOf } from '../../../parts/metrics/glance';
import { MetricCell } from '../../../parts/metrics/MetricCell';
import type { Subject } from '../../../parts/search/facts';
import { findVms, subjectsOf } from '../../../parts/search/find';
import { useFound } from '../../../parts/search/found';
import { parseQuery } from '../../../parts/search/query';
import { ObjectLink } from '../../../parts/ObjectLink';
import { PowerIcon } from '../../../parts/vm/power';
import type { VMRecord } from '../../../../shared/api';
import { csvText } from '../../../ui/csv';
import { saveFile } from '../../../ui/save-file';
import { DataTable } from '../../../ui/DataTable';
import { EmptyState } from '../../../ui/EmptyState';
import { type Marks, onlyMarked } from '../../../ui/marks';
import { MenuButton } from '../../../ui/MenuButton';
import { sorted, useSort } from '../../../ui/sorting';
import { ColumnsDialog } from './ColumnsDialog';
import { useListLook } from './list-look';
import { chosenColumns, columnsFor, GROUPS, type VmColumn } from './vm-columns';

type Props = { title: string } & ({ /** All that it finds. */ query: string } | { /** These, as far as they are VMs. */ targets: readonly Target[] });

/** VMs of any connections, a line each. */
export const VmList = (props: Props) => {
  const { title } = props, query = 'query' in props ? props.query : undefined, targets = 'targets' in props ? props.targets : undefined;
  const wanted = useMemo(() => targets && new Set(targets.map(rowOf)), [targets]);
  const read = useCallback((sessions: readonly Session[]) => (wanted
    ? sessions.flatMap(session => subjectsOf(session, [VMS]).filter(subject => wanted.has(rowOf(subject))))
    : findVms(sessions, parseQuery(query ?? ''))), [query, wanted]);
  const found = useFound(read);
  return (
    <Box component="section" aria-label={title} sx={{ p: 2, height: '100%', minHeight: 0, display: 'flex', flexDirection: 'column', gap: 1 }}>
      <Lines title={title} found={found} query={query} chosen={targets !== undefined} />
    </Box>
  );
};

const rowOf = ({ session, ref }: Pick<Subject, 'session' | 'ref'>): string => `${session.id} ${ref}`;
const targetOf = ({ session, ref }: Subject): Target => ({ session, cls: 'VM', ref });
const HEADING = '\u0000';

const Lines = ({ title, found, query, chosen }: { title: string; found: readonly Subject[]; query: string | undefined; chosen: boolean }) => {
  const screen = useScreen();
  const [look, setLook] = useListLook(query ?? 'chosen');
  const [marks, setMarks] = useState<Marks>(onlyMarked(undefined));
  const { sort, onSort } = useSort();
  const byRow = useMemo(() => new Map(found.map(subject => [rowOf(subject), subject])), [found]);
  const all = columnsFor(found), columns = chosenColumns(all, look.columns);
  const ids = columns.map(({ id }) => id);
  useTicks(columns.some(({ id }) => isMetric(id)) ? found.map(({ session }) => session) : []);
  const rows = ordered(found, look.group, subjects => sorted(subjects.map(rowOf), sort, (row, id) => valueIn(byRow.get(row), all.find(column => column.id === id))));
  const marked = [...marks.marked].flatMap(row => byRow.get(row) ?? []).map(targetOf);
  const tops = new Map(columns.flatMap(({ id }) => (isMetric(id) ? [[id, Math.max(...perSession(found).map(([session, uuids]) => topOf(session, 'VM', uuids.map(uuid => ({ uuid })), id)), 0)] as const] : [])));
  const plainRows = rows.filter(row => !row.startsWith(HEADING)).flatMap(row => byRow.get(row) ?? []);
  return (
    <>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 1, flexWrap: 'wrap' }}>
        <Typography component="h2" variant="h6" noWrap>{title}</Typography>
        <Typography variant="body2" role="status" sx={{ color: 'text.secondary' }}>{found.length === 1 ? '1 VM' : `${found.length} VMs`}{marked.length > 0 && `, ${marked.length} marked`}</Typography>
        <Box sx={{ flex: 1 }} />
        {marked.length > 0 && <Button variant="outlined" onClick={event => { const box = event.currentTarget.getBoundingClientRect(); screen.openMenu(marked, { x: box.left, y: box.bottom }); }}>Actions…</Button>}
        <TextField select size="small" sx={{ width: '13em' }} value={GROUPS.some(({ id }) => id === look.group) ? look.group : 'none'} onChange={event => { setLook({ group: event.target.value }); }} slotProps={{ select: { SelectDisplayProps: { 'aria-label': 'Groups' } } }}>
          {GROUPS.map(({ id, title: name }) => <MenuItem key={id} value={id}>{name}</MenuItem>)}
        </TextField>
        <MenuButton label="List" groups={() => [[
          { id: 'columns', label: 'Columns…', why: undefined, run: () => { screen.show(close => <ColumnsDialog all={all} chosen={ids} onChosen={next => { setLook({ columns: next }); }} close={close} />); } },
          { id: 'csv', label: 'Save as CSV…', why: undefined, run: () => { saveFile(`${title}.csv`, new Blob([csvText([columns.map(column => column.title), ...plainRows.map(subject => columns.map(column => column.text(subject)))])], { type: 'text/csv' })); } },
          { id: 'json', label: 'Save as JSON…', why: undefined, run: () => { saveFile(`${title}.json`, new Blob([JSON.stringify(plainRows.map(subject => Object.fromEntries(columns.map(column => [column.id, column.value?.(subject) ?? column.text(subject)]))), null, 2)], { type: 'application/json' })); } },
        ]]} />
      </Box>
      <Box sx={{ flex: 1, minHeight: 0 }}>
        {found.length === 0
          ? <EmptyState icon={Computer} title={chosen ? 'No VM is chosen' : 'No VM fits'} detail={chosen ? 'What is chosen in the tree is of other kinds.' : `Nothing on the connected hosts fits “${query ?? ''}” now. What comes later is shown here.`} />
          : <DataTable label={title} columns={columns} rows={rows} sort={sort} onSort={onSort} marks={marks} onMarks={setMarks} widths={look.widths} onWidth={(id, width) => { setLook({ widths: { ...look.widths, [id]: width } }); }}
              headingOf={row => (row.startsWith(HEADING) ? row.slice(1) : undefined)}
              onOpen={row => { const subject = byRow.get(row); if (subject) screen.select(targetOf(subject)); }}
              onMenu={(row, at) => { const subject = byRow.get(row); if (subject) screen.openMenu(marks.marked.has(row) ? marked : [targetOf(subject)], at); }}
              renderCell={(row, id) => {
                const subject = byRow.get(row), column = columns.find(each => each.id === id);
                return subject && column && <SessionScope session={subject.session}><VmCell subject={subject} column={column} top={tops.get(id as never) ?? 0} /></SessionScope>;
              }} />}
      </Box>
    </>
  );
};

const valueIn = (subject: Subject | undefined, column: VmColumn | undefined): number | string => (subject && column ? column.value?.(subject) ?? column.text(subject) : '');

const perSession = (found: readonly Subject[]): readonly (readonly [Session, readonly string[]])[] => {
  const uuids = new Map<Session, string[]>();
  for (const { session, record } of found) { const known = uuids.get(session); if (known) known.push(record.uuid); else uuids.set(session, [record.uuid]); }
  return [...uuids];
};

/** Rows, under headings where groups are wanted. */
const ordered = (found: readonly Subject[], group: string, order: (subjects: readonly Subject[]) => readonly string[]): readonly string[] => {
  const grouping = GROUPS.find(({ id }) => id === group);
  if (!grouping || grouping.id === 'none') return order(found);
  const groups = new Map<string, Subject[]>();
  for (const subject of found) { const name = grouping.of(subject), known = groups.get(name); if (known) known.push(subject); else groups.set(name, [subject]); }
  return [...groups].sort(([a], [b]) => Number(a === '') - Number(b === '') || a.localeCompare(b, 'en', { numeric: true })).flatMap(([name, subjects]) => [`${HEADING}${name === '' ? 'none' : name} (${subjects.length})`, ...order(subjects)]);
};

const VmCell = ({ subject, column, top }: { subject: Subject; column: VmColumn; top: number }) => {
  const vm = useSession().records.get('VM', subject.ref) ?? subject.record as VMRecord;
  if (isMetric(column.id)) return <MetricCell cls="VM" uuid={vm.uuid} id={column.id} top={column.id === 'memory' ? vm.memory_static_max : top} />;
  switch (column.id) {
    case 'name': return <ObjectLink cls="VM" of={subject.ref} />;
    case 'state': return <Box component="span" sx={{ display: 'flex', gap: 0.75, alignItems: 'center' }}><PowerIcon vm={vm} />{column.text(subject)}</Box>;
    default: return <span title={column.text(subject)}>{column.text(subject) || '–'}</span>;
  }
};
