import InputAdornment from '@mui/material/InputAdornment';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import type { Ref, VDIRecord } from '../../../../../shared/api';
import type { Session } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { WorkDialog } from '../../../../parts/actions/WorkDialog';
import { focusOnAppear } from '../../../../ui/focus';
import { bytesText } from '../../../../ui/text';
import { resizeDisk } from './disks';
import { bytesOfGib, gibText, sizeProblem } from './size';

interface Props { session: Session; of: Ref<'VDI'>; vdi: VDIRecord; stage: Stage }
export const showResize = (props: Props): void => { props.stage.show(close => <ResizeDialog {...props} close={close} />); };

const ResizeDialog = ({ session, of: ref, vdi, stage, close }: Props & { close: () => void }) => {
  const [size, setSize] = useState(() => gibText(vdi.virtual_size));
  const [problem, setProblem] = useState<string | undefined>(undefined);
  return (
    <WorkDialog title={`Resize “${vdi.name_label}”`} verb="Resize" failed={`Could not resize “${vdi.name_label}”`} session={session} width="xs" close={close}
      check={() => { const wrong = sizeProblem(size, vdi.virtual_size); setProblem(wrong); return wrong === undefined; }}
      apply={async signal => { await resizeDisk(session, ref, vdi, bytesOfGib(size), signal); stage.succeeded(`“${vdi.name_label}” has ${bytesText(bytesOfGib(size))} now`); }}>
      {busy => (
        <>
          <Typography variant="body2">It has {bytesText(vdi.virtual_size)} now. The system in the VM has to enlarge its partition and file system by itself afterwards.</Typography>
          <TextField required label="New size" value={size} disabled={busy} inputRef={focusOnAppear} error={problem !== undefined} helperText={problem} onChange={event => { setSize(event.target.value); setProblem(undefined); }}
            slotProps={{ htmlInput: { inputMode: 'decimal' }, input: { endAdornment: <InputAdornment position="end">GiB</InputAdornment> } }} />
        </>
      )}
    </WorkDialog>
  );
};
