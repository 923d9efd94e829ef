import FactCheck from '@mui/icons-material/FactCheckOutlined';
import Alert from '@mui/material/Alert';
import List from '@mui/material/List';
import ListItem from '@mui/material/ListItem';
import ListItemText from '@mui/material/ListItemText';
import type { Action } from '../../../parts/actions/action';
import { failureOf } from '../../../api';
import { couldNot } from '../../../parts/actions/action';
import { hasPlugin, NOT_OURS, runPlugin } from '../../../parts/host/plugin';
import { whyNotMay } from '../../../parts/session/may';
import { FormDialog } from '../../../ui/FormDialog';
import { readProblems, type DiskProblem } from '../problems';
import { attachedPbds, srOf } from '../sr-target';

/** Looks every image over; changes nothing. */
export const check: Action = {
  id: 'sr.check', label: 'Check', icon: FactCheck,
  whyNot: selection => {
    const sr = srOf(selection);
    if (!sr) return 'Choose a storage repository first.';
    return hasPlugin(sr.session) ? whyNotMay(sr.session, 'host.call_plugin/key:sr_check') ?? (attachedPbds(sr).length === 0 ? 'It is not attached.' : undefined) : NOT_OURS;
  },
  run: async (selection, stage) => {
    const sr = srOf(selection);
    if (!sr) return;
    const { record, session, ref } = sr;
    const about = { verb: 'check', subject: record.name_label, subjectRef: ref };
    try {
      const { task } = await runPlugin(session, about, undefined, 'sr_check', { sr: record.uuid });
      const problems = readProblems(task.result);
      if (problems.length === 0) { stage.succeeded(`All is well on “${record.name_label}”`, sr.target); return; }
      const nameOf = ({ uuid }: DiskProblem): string => record.VDIs.map(vdi => session.records.get('VDI', vdi)).find(vdi => vdi?.uuid === uuid)?.name_label ?? uuid;
      stage.show(close => <ProblemsDialog name={record.name_label} problems={problems} nameOf={nameOf} close={close} />);
    } catch (error) { stage.failed(couldNot(about), failureOf(error), session); }
  },
};

const ProblemsDialog = ({ name, problems, nameOf, close }: { name: string; problems: readonly DiskProblem[]; nameOf: (problem: DiskProblem) => string; close: () => void }) => (
  <FormDialog title={`What is wrong on “${name}”`} verb="Close" leave="Close" onApply={close} onCancel={close}>
    <Alert severity="warning">Nothing was changed. Copy what can still be read to another storage repository before anything else.</Alert>
    <List dense aria-label="Problems">{problems.map((problem, i) => <ListItem key={i} disableGutters><ListItemText primary={nameOf(problem)} secondary={problem.problem} /></ListItem>)}</List>
  </FormDialog>
);
