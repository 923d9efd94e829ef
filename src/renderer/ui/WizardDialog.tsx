import Button from '@mui/material/Button';
import Step from '@mui/material/Step';
import StepLabel from '@mui/material/StepLabel';
import Stepper from '@mui/material/Stepper';
import type { ReactNode } from 'react';
import { FormDialog } from './FormDialog';

interface Props {
  title: string;
  steps: readonly { id: string; title: string }[];
  current: string;
  /** The word on the button of the last step. */
  verb: string;
  busy?: boolean;
  blocked?: boolean;
  onBack: () => void
  /** On the last step: do it. */
  onNext: () => void
  onCancel: () => void
  children: ReactNode;
}

/** A few steps, one after the other; Enter goes on, Escape leaves. What was said stays when one goes back. */
export const WizardDialog = ({ title, steps, current, verb, busy = false, blocked = false, onBack, onNext, onCancel, children }: Props) => {
  const at = steps.findIndex(step => step.id === current);
  return (
    <FormDialog title={title} verb={at === steps.length - 1 ? verb : 'Next'} width="md" busy={busy} blocked={blocked} onApply={onNext} onCancel={onCancel}
      before={<Button onClick={onBack} disabled={busy || at <= 0}>Back</Button>}>
      <Stepper activeStep={at} sx={{ my: 1.5 }} aria-label="Steps">
        {steps.map((step, i) => <Step key={step.id}><StepLabel slotProps={{ label: { sx: { '&.Mui-disabled': { color: 'text.secondary' } } } }} aria-current={i === at ? 'step' : undefined}>{step.title}</StepLabel></Step>)}
      </Stepper>
      {children}
    </FormDialog>
  );
};
