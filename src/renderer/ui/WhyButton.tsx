import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import type { Icon } from './icon';
import Tooltip from '@mui/material/Tooltip';

interface Props {
  label: string;
  icon?: Icon;
  /** Why it cannot be pressed now; undefined when it can. */
  why: string | undefined;
  hint?: string;
  onClick: () => void
  variant?: 'text' | 'outlined' | 'contained';
  danger?: boolean;
  iconOnly?: boolean;
}

/** A button that, while it cannot be pressed, says why: it keeps the focus and the tooltip of a living one. */
export const WhyButton = ({ label, icon: Picture, why, hint, onClick, variant = 'text', danger = false, iconOnly = false }: Props) => {
  const off = why !== undefined;
  const common = {
    ...(off && { 'aria-disabled': true }), size: 'small' as const, onClick: () => { if (!off) onClick(); },
    sx: { whiteSpace: 'nowrap', ...(off && { opacity: 0.5, cursor: 'not-allowed', filter: 'grayscale(1)' }) },
  };
  return (
    <Tooltip title={why ?? hint ?? (iconOnly ? label : '')} describeChild={off || !iconOnly}>
      {iconOnly && Picture
        ? <IconButton {...common} color={danger ? 'error' : 'default'} aria-label={label}><Picture fontSize="small" /></IconButton>
        : <Button {...common} color={danger ? 'error' : 'primary'} variant={variant} startIcon={Picture && <Picture />}>{label}</Button>}
    </Tooltip>
  );
};
