import Link from '@mui/material/Link';
import { type ReactNode } from 'react';
import { useRecord, useSession } from '../api';
import type { Target } from './actions/action';
import { useScreen } from './actions/stage';

/** The name of an object, that leads to it. */
export const ObjectLink = ({ cls, of: ref, children }: { cls: Exclude<Target['cls'], 'session'>; of: string; children?: ReactNode }) => {
  const session = useSession();
  const { select } = useScreen();
  const record = useRecord(cls, ref);
  if (!record) return <span>–</span>;
  return (
    <Link component="button" variant="body2" sx={{ textAlign: 'left', maxWidth: '100%', overflow: 'hidden', textOverflow: 'ellipsis', verticalAlign: 'baseline' }}
      onClick={() => { select({ session, cls, ref }); }}>
      {children ?? (record.name_label || 'unnamed')}
    </Link>
  );
};
