/* The renderer: one world, one window. */
import { createRoot } from 'react-dom/client';
import { bridgeOfWindow, World } from './api';
import { App } from './app/App';
import { loadCharts } from './ui/chart/ChartPanel';

const world = new World(bridgeOfWindow());
world.start();
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(<App world={world} />);
requestIdleCallback(() => { void loadCharts(); });
