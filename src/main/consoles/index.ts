export { Consoles } from './consoles';
