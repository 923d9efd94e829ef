import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { ReactNode } from 'react';
import { useScreen } from '../../../parts/actions/stage';
import { useDrop } from '../../../parts/transfer/use-drop';
import type { SrTarget } from '../sr-target';
import { whyNoUpload } from './why-no-upload';
import { uploadIsos } from './upload-isos';

/** Disc images dropped here go to the library. The button beside it does the same for the keyboard. */
export const DropIsos = ({ sr, children }: { sr: SrTarget; children: ReactNode }) => {
  const screen = useScreen(), why = whyNoUpload(sr);
  const { over, handlers } = useDrop(why, files => { void uploadIsos(sr, files, screen); });
  return (
    <Box data-drop-zone {...handlers}
      sx={{ height: '100%', display: 'flex', flexDirection: 'column', gap: 1, outline: over ? '2px dashed' : undefined, outlineColor: why === undefined ? 'primary.main' : 'error.main', outlineOffset: 4, borderRadius: 1 }}>
      <Typography variant="body2" role="status" sx={{ color: over && why !== undefined ? 'error.main' : 'text.secondary' }}>{why ?? (over ? `Let go to upload to “${sr.record.name_label}”.` : 'Drop disc images here, or use Upload images.')}</Typography>
      <Box sx={{ flex: 1, minHeight: 0 }}>{children}</Box>
    </Box>
  );
};
