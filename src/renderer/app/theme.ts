import { createTheme } from '@mui/material/styles';

/* Dense, calm, readable: light and dark with at least 4.5 : 1 for text. No font is fetched. */

const light = {
  primary: { main: '#1f5fa8' }, success: { main: '#1c7a34' }, warning: { main: '#8f5000' }, error: { main: '#b3261e' }, info: { main: '#1f5fa8' },
  background: { default: '#f4f6f8', paper: '#ffffff' }, text: { primary: '#1a1f26', secondary: '#515b67' },
};
/** `dark` is what filled notices are painted with, under white text. */
const dark = {
  primary: { main: '#7fb4f0', dark: '#6aa3e2' }, success: { main: '#62c77c', dark: '#1f6b37' }, warning: { main: '#f0b35a' }, error: { main: '#ff8a80', dark: '#9c2b24' },
  info: { main: '#7fb4f0', dark: '#1f5fa8' }, background: { default: '#14181d', paper: '#1c2127' }, text: { primary: '#e6eaef', secondary: '#a7b1bd' },
};
const MONOSPACE = 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace';

export const theme = createTheme({
  cssVariables: { colorSchemeSelector: 'data' },
  colorSchemes: { light: { palette: light }, dark: { palette: dark } },
  typography: {
    fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, Ubuntu, Cantarell, "DejaVu Sans", sans-serif',
    fontSize: 13, button: { textTransform: 'none' }, h6: { fontSize: '1rem', fontWeight: 600 }, subtitle2: { fontWeight: 600 },
  },
  shape: { borderRadius: 6 },
  components: {
    MuiCssBaseline: {
      styleOverrides: { 'html, body, #root': { height: '100%' }, body: { overflow: 'hidden' }, code: { fontFamily: MONOSPACE, fontSize: '0.92em' } },
    },
    MuiButton: { defaultProps: { size: 'small', disableElevation: true } },
    MuiButtonBase: {
      defaultProps: { disableRipple: true },
      styleOverrides: { root: { '&:focus-visible': { outline: '2px solid var(--mui-palette-primary-main)', outlineOffset: 1 } } },
    },
    MuiTab: { styleOverrides: { root: { '&:focus-visible': { outlineOffset: -3 } } } },
    MuiInputBase: { styleOverrides: { root: { fontSize: '0.875rem' } } },
    MuiFormControlLabel: { defaultProps: { slotProps: { typography: { variant: 'body2' } } } },
    // A reason why a field cannot be used has to be read too.
    MuiFormHelperText: { styleOverrides: { root: { '&.Mui-disabled': { color: 'var(--mui-palette-text-secondary)' } } } },
    MuiAlert: { styleOverrides: { message: { minWidth: 0 } } },
    // In the dark MUI makes raised papers lighter, which costs contrast.
    MuiPaper: { styleOverrides: { root: { backgroundImage: 'none' } } },
    MuiTextField: { defaultProps: { size: 'small', fullWidth: true } },
    MuiTooltip: { defaultProps: { arrow: true, enterDelay: 400, enterNextDelay: 100 } },
    MuiLink: { defaultProps: { underline: 'hover' } },
  },
});
