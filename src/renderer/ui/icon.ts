import type SvgIcon from '@mui/material/SvgIcon';

/** An icon of @mui/icons-material. */
export type Icon = typeof SvgIcon;
