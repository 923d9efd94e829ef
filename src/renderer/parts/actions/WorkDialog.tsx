import Stack from '@mui/material/Stack';
import { type ReactNode, useRef, useState } from 'react';
import { type Failure, failureOf, type Session } from '../../api';
import { FormDialog } from '../../ui/FormDialog';
import { FailureView } from '../errors/FailureView';

interface Props {
  title: string;
  verb: string;
  /** `Could not add a disk`: heads the details of a failure. */
  failed: string;
  session: Session;
  danger?: boolean;
  blocked?: boolean;
  width?: 'xs' | 'sm' | 'md';
  /** Checks the fields: false keeps the dialog as it is. */
  check?: () => boolean;
  /** Cancel aborts it; the dialog closes when it is done and stays, with what was typed, when it fails. */
  apply: (signal: AbortSignal) => Promise<void>
  close: () => void
  children: ReactNode | ((busy: boolean) => ReactNode)
}

/** A dialog that does one piece of work at the host and shows what went wrong with it. */
export const WorkDialog = ({ title, verb, failed, session, danger = false, blocked = false, width = 'sm', check, apply, close, children }: Props) => {
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const running = useRef<AbortController | undefined>(undefined);
  const start = async (): Promise<void> => {
    if (check && !check()) return;
    const controller = new AbortController();
    running.current = controller;
    setFailure(undefined);
    setBusy(true);
    try { await apply(controller.signal); close(); } catch (error) { setFailure(failureOf(error)); setBusy(false); }
  };
  return (
    <FormDialog title={title} verb={verb} danger={danger} busy={busy} blocked={blocked} width={width}
      onApply={() => { void start(); }} onCancel={() => { if (busy) running.current?.abort(); else close(); }}>
      <Stack spacing={2} sx={{ pt: 1 }}>
        {failure && <FailureView what={failed} failure={failure} session={session} />}
        {typeof children === 'function' ? children(busy) : children}
      </Stack>
    </FormDialog>
  );
};
