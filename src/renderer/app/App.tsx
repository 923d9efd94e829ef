import CssBaseline from '@mui/material/CssBaseline';
import { ThemeProvider } from '@mui/material/styles';
import { type World, WorldScope } from '../api';
import { Shell } from './shell/Shell';
import { theme } from './theme';

/** The window. */
export const App = ({ world }: { world: World }) => (
  <ThemeProvider theme={theme} defaultMode="system" noSsr disableTransitionOnChange>
    <CssBaseline enableColorScheme />
    <WorldScope world={world}><Shell world={world} /></WorldScope>
  </ThemeProvider>
);
