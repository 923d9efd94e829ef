import Add from '@mui/icons-material/Add';
import AddAlert from '@mui/icons-material/AddAlertOutlined';
import CompareArrows from '@mui/icons-material/CompareArrows';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import FormControlLabel from '@mui/material/FormControlLabel';
import Switch from '@mui/material/Switch';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import { type MetricsClass, useRecords, useSession } from '../../api';
import { useScreen } from '../actions/stage';
import { LimitsDialog } from '../alerts/LimitsDialog';
import { whyNotMay } from '../session/may';
import { WhyButton } from '../../ui/WhyButton';
import { ObjectPicker } from '../ObjectPicker';
import type { Subject } from './subject';
import { RANGES } from './ranges';

interface Props {
  subject: Subject;
  /** Empty: a range of one's own. */
  range: string;
  onRange: (id: string) => void;
  /** A range of one's own, typed. */
  onType: () => void;
  own: { text: string; onWider: () => void; onEnd: () => void } | undefined;
  each: boolean;
  onEach: (each: boolean) => void;
  others: readonly string[];
  onOthers: (refs: readonly string[]) => void;
  onGraph: () => void;
}
export const COMPARED_MAX = 7;
const PLURAL: Readonly<Record<MetricsClass, string>> = { VM: 'VMs', host: 'hosts', SR: 'storage repositories' };

/** Which time, in which detail, beside whom. */
export const PerformanceBar = ({ subject, range, onRange, onType, own, each, onEach, others, onOthers, onGraph }: Props) => {
  const session = useSession();
  const screen = useScreen();
  const compared = useRecords(subject.cls, others);
  return (
    <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, alignItems: 'center' }}>
      <ToggleButtonGroup exclusive size="small" value={range} aria-label="Time shown" onChange={(_event, id: unknown) => { if (typeof id === 'string') onRange(id); }}>
        {RANGES.map(({ id, title }) => <ToggleButton key={id} value={id} sx={{ py: 0.25, textTransform: 'none' }}>{title}</ToggleButton>)}
      </ToggleButtonGroup>
      <Button onClick={onType}>From, to…</Button>
      {own && <><Chip size="small" label={own.text} onDelete={own.onEnd} /><Button onClick={own.onWider}>Wider</Button><Button onClick={own.onEnd}>Back to now</Button></>}
      <Box sx={{ flex: 1 }} />
      {compared.map(({ ref, record }) => <Chip key={ref} size="small" variant="outlined" label={record.name_label} onDelete={() => { onOthers(others.filter(other => other !== ref)); }} />)}
      <FormControlLabel control={<Switch size="small" checked={each} disabled={compared.length > 0} onChange={(_event, on) => { onEach(on); }} />} label="Each by itself" sx={{ mx: 0 }} />
      <Button startIcon={<CompareArrows />} onClick={() => {
        screen.show(close => <ObjectPicker session={session} cls={subject.cls} title={`Compare with other ${PLURAL[subject.cls]}`} chosen={others} without={subject.ref} most={COMPARED_MAX} close={close} onChosen={onOthers} />);
      }}>Compare…</Button>
      <WhyButton label="Alert limits…" icon={AddAlert} why={whyNotMay(session, `${subject.cls}.add_to_other_config`)} onClick={() => { screen.show(close => <LimitsDialog session={session} cls={subject.cls} of={subject.ref} name={subject.name} close={close} />); }} />
      <Button startIcon={<Add />} onClick={onGraph}>New graph…</Button>
    </Box>
  );
};
