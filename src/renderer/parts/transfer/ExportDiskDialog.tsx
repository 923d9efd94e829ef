import Typography from '@mui/material/Typography';
import { useState } from 'react';
import type { Ref, VDIRecord } from '../../../shared/api';
import { CallFailed, type ExportFormat, type Session, useWorld } from '../../api';
import { bytesText } from '../../ui/text';
import { RadioList } from '../../ui/RadioList';
import type { Stage } from '../actions/action';
import { WorkDialog } from '../actions/WorkDialog';
import { hasPlugin, NOT_OURS } from '../host/plugin';
import { carryDiskOut } from './exports';
import { EXPORTED } from './kinds';

interface Disk { session: Session; ref: Ref<'VDI'>; record: VDIRecord }
export const showExportDisk = (stage: Stage, disk: Disk): void => { stage.show(close => <ExportDiskDialog disk={disk} stage={stage} close={close} />); };

/** Every host gives these; the others are our own hosts'. */
const COMMON: readonly ExportFormat[] = ['vhd', 'raw'];

const ExportDiskDialog = ({ disk: { session, ref, record }, stage, close }: { disk: Disk; stage: Stage; close: () => void }) => {
  const world = useWorld(), name = record.name_label || 'unnamed disk';
  const [chosen, setChosen] = useState(EXPORTED[0]);
  const apply = async (): Promise<void> => {
    if (!chosen) return;
    const file = await world.placeFile(`${name}.${chosen.extension}`);
    if (!file) throw new CallFailed({ kind: 'aborted' });
    carryDiskOut(stage, session, { ref, record, file, format: chosen.id });
  };
  return (
    <WorkDialog title={`Export the disk “${name}”`} verb={world.inBrowser ? 'Export' : 'Choose a file and export'} failed={`Could not export “${name}”`} session={session} close={close} apply={apply}>
      {busy => (
        <>
          <Typography variant="body2" color="text.secondary">A disk of {bytesText(record.virtual_size)}. What breaks off can go on where it was, as long as nothing has written the disk meanwhile.</Typography>
          <RadioList label="Format" value={chosen?.id ?? ''} disabled={busy} choices={EXPORTED.map(each => ({ ...each, why: COMMON.includes(each.id) || hasPlugin(session) ? undefined : NOT_OURS }))} onChange={id => { setChosen(EXPORTED.find(each => each.id === id)); }} />
        </>
      )}
    </WorkDialog>
  );
};
