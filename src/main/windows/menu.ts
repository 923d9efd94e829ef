/* The application menu. Elsewhere than on macOS the window has its own; there, copy and paste work only through one. */
import { Menu } from 'electron';

export const setMenu = (platform: NodeJS.Platform): void => {
  Menu.setApplicationMenu(platform === 'darwin' ? Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }]) : null);
};
