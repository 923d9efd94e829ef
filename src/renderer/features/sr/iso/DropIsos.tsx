import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { type DragEvent, type ReactNode, useState } from 'react';
import { useWorld } from '../../../api';
import { useScreen } from '../../../parts/actions/stage';
import type { SrTarget } from '../sr-target';
import { whyNoUpload } from './why-no-upload';
import { uploadIsos } from './upload-isos';

/** Disc images dropped here go to the library. The button beside it does the same for the keyboard. */
export const DropIsos = ({ sr, children }: { sr: SrTarget; children: ReactNode }) => {
  const world = useWorld();
  const screen = useScreen();
  const [over, setOver] = useState(false);
  const why = whyNoUpload(sr);
  const onDragOver = (event: DragEvent): void => {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = why === undefined ? 'copy' : 'none';
    setOver(true);
  };
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    if (why !== undefined) return;
    void Promise.all([...event.dataTransfer.files].map(file => world.takeFile(file))).then(files => uploadIsos(sr, files.filter(file => file !== undefined), screen));
  };
  return (
    <Box data-drop-zone onDragOver={onDragOver} onDragLeave={() => { setOver(false); }} onDrop={onDrop}
      sx={{ height: '100%', display: 'flex', flexDirection: 'column', gap: 1, outline: over ? '2px dashed' : undefined, outlineColor: why === undefined ? 'primary.main' : 'error.main', outlineOffset: 4, borderRadius: 1 }}>
      <Typography variant="body2" role="status" sx={{ color: over && why !== undefined ? 'error.main' : 'text.secondary' }}>{why ?? (over ? `Let go to upload to “${sr.record.name_label}”.` : 'Drop disc images here, or use Upload images.')}</Typography>
      <Box sx={{ flex: 1, minHeight: 0 }}>{children}</Box>
    </Box>
  );
};
