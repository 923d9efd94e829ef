export { createQemuEngine } from './engine';
export type { QemuEngineOptions } from './engine';
