import CssBaseline from '@mui/material/CssBaseline';
import { ThemeProvider } from '@mui/material/styles';
import { useCallback, useEffect, useState } from 'react';
import { World } from '../renderer/api';
import { App } from '../renderer/app/App';
import { theme } from '../renderer/app/theme';
import { WebBridge } from './bridge';
import { Login, type Occasion } from './login/Login';
import { whoAmI } from './login/login';

type Where = { at: 'asking' } | { at: 'out'; occasion: Occasion } | { at: 'in'; user: string };

/** The console for who is logged in, the way in for everybody else. */
export const Page = () => {
  const [where, setWhere] = useState<Where>({ at: 'asking' });
  useEffect(() => { void whoAmI().then(answer => { setWhere('user' in answer ? { at: 'in', user: answer.user } : { at: 'out', occasion: 'first' }); }); }, []);
  const out = useCallback((occasion: Occasion) => { setWhere({ at: 'out', occasion }); }, []);
  if (where.at === 'in') return <Console user={where.user} onOut={out} />;
  return (
    <ThemeProvider theme={theme} defaultMode="system" noSsr disableTransitionOnChange>
      <CssBaseline enableColorScheme />
      {where.at === 'out' && <Login occasion={where.occasion} onIn={user => { setWhere({ at: 'in', user }); }} />}
    </ThemeProvider>
  );
};

/** Of one session: what it knew goes with it. */
const Console = ({ user, onOut }: { user: string; onOut: (occasion: Occasion) => void }) => {
  const [{ bridge, world }] = useState(() => { const made = new WebBridge(user); return { bridge: made, world: new World(made) }; });
  useEffect(() => {
    const running = world.start();
    bridge.start();
    const left = bridge.onOut.on(({ wanted }) => { onOut(wanted ? 'left' : 'ended'); });
    const again = (): void => { if (document.visibilityState === 'visible') bridge.retry(); };
    window.addEventListener('online', again);
    document.addEventListener('visibilitychange', again);
    return () => {
      window.removeEventListener('online', again);
      document.removeEventListener('visibilitychange', again);
      left.dispose();
      bridge.close();
      running.dispose();
    };
  }, [bridge, world, onOut]);
  return <App world={world} />;
};
