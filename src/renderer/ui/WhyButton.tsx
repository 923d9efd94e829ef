import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import type { Icon } from './icon';
import Tooltip from '@mui/material/Tooltip';

interface Props {
  label: string;
  /** The name for those who do not see what stands around it; begins with the label. */
  ariaLabel?: string;
  icon?: Icon;
  /** Why it cannot be pressed now; undefined when it can. */
  why: string | undefined;
  hint?: string;
  onClick: () => void
  variant?: 'text' | 'outlined' | 'contained';
  danger?: boolean;
  iconOnly?: boolean;
  /** As small as the text it stands beside. */
  small?: boolean;
}

/** A button that, while it cannot be pressed, says why: it keeps the focus and the tooltip of a living one. */
export const WhyButton = ({ label, ariaLabel, icon: Picture, why, hint, onClick, variant = 'text', danger = false, iconOnly = false, small = false }: Props) => {
  const off = why !== undefined;
  const common = {
    ...(off && { 'aria-disabled': true }), size: 'small' as const, onClick: () => { if (!off) onClick(); },
    sx: { whiteSpace: 'nowrap', ...(small && { p: 0.25, ml: 0.5, '& svg': { fontSize: 16 } }), ...(off && { opacity: 0.5, cursor: 'not-allowed', filter: 'grayscale(1)' }) },
  };
  return (
    <Tooltip title={why ?? hint ?? (iconOnly ? label : '')} describeChild={off || !iconOnly}>
      {iconOnly && Picture
        ? <IconButton {...common} color={danger ? 'error' : 'default'} aria-label={ariaLabel ?? label}><Picture fontSize="small" /></IconButton>
        : <Button {...common} color={danger ? 'error' : 'primary'} variant={variant} startIcon={Picture && <Picture />} {...(ariaLabel !== undefined && { 'aria-label': ariaLabel })}>{label}</Button>}
    </Tooltip>
  );
};
