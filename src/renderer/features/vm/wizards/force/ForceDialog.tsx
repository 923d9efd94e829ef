import Typography from '@mui/material/Typography';
import type { Stage } from '../../../../parts/actions/action';
import { FormDialog } from '../../../../ui/FormDialog';

interface Forced { verb: string; names: string; warning: string; apply: () => Promise<void> }

/** Asks before something that may cost data. */
export const confirmForce = (stage: Stage, forced: Forced): void => {
  stage.show(close => <ForceDialog {...forced} close={close} />);
};

const ForceDialog = ({ verb, names, warning, apply, close }: Forced & { close: () => void }) => (
  <FormDialog title={`${verb} ${names}?`} verb={verb} danger width="xs" onCancel={close} onApply={() => { close(); void apply(); }}>
    <Typography variant="body2">{warning}</Typography>
  </FormDialog>
);
