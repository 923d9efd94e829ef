import Typography from '@mui/material/Typography';
import { FormDialog } from '../../ui/FormDialog';
import type { Stage } from './action';

interface Question { title: string; verb: string; warning: string; danger?: boolean; apply: () => Promise<void> | void }

/** Asks once before something that cannot be taken back. */
export const confirm = (stage: Stage, question: Question): void => {
  stage.show(close => <ConfirmDialog {...question} close={close} />);
};

const ConfirmDialog = ({ title, verb, warning, danger = true, apply, close }: Question & { close: () => void }) => (
  <FormDialog title={title} verb={verb} danger={danger} width="xs" onCancel={close} onApply={() => { close(); void apply(); }}>
    <Typography variant="body2">{warning}</Typography>
  </FormDialog>
);
