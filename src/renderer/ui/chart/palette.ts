import { useColorScheme } from '@mui/material/styles';

/* Colours that people who confuse some still tell apart (after Okabe and Ito), each with at least 3 : 1 against its ground; and never the colour alone: every line has a dash of its own. */

const LIGHT = ['#0072b2', '#c24e00', '#00795a', '#a3497f', '#7a6200', '#3d4750', '#2a4bd7', '#8a3324'];
const DARK = ['#56b4e9', '#f0a030', '#2bd6a3', '#e79ac6', '#f0e442', '#c8cdd3', '#9db2ff', '#ff9d8a'];
const DASHES = ['', '7 3', '2 3', '9 3 2 3', '12 4', '4 2 1 2', '1 2', '14 3 3 3'];

export interface ChartColours { lines: readonly string[]; grid: string; text: string; ground: string; mark: string }
export const lineColour = ({ lines }: ChartColours, index: number): string => lines[index % lines.length] ?? '#000';
export const lineDash = (index: number): string => DASHES[index % DASHES.length] ?? '';

const IN_THE_LIGHT: ChartColours = { lines: LIGHT, grid: '#dfe3e8', text: '#515b67', ground: '#ffffff', mark: '#b3261e' };
const IN_THE_DARK: ChartColours = { lines: DARK, grid: '#39424c', text: '#a7b1bd', ground: '#1c2127', mark: '#ff8a80' };

/** Plain values, not variables: a canvas has no style sheet. */
export const useChartColours = (): ChartColours => {
  const { mode, systemMode } = useColorScheme();
  const dark = (mode === 'system' ? systemMode : mode) === 'dark';
  return dark ? IN_THE_DARK : IN_THE_LIGHT;
};
