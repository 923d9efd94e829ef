export { setMenu } from './menu';
export { APP_URL } from './scheme';
export { openMainWindow, registerScheme, type MainWindow } from './window';
export { Notices } from './notices';
export { Outside } from './outside';
