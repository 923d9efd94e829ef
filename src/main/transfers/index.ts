export { Files } from './files';
export { Transfers } from './transfers';
export { systemDialogs } from './dialogs';
