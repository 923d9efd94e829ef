export { createXenEngine } from './engine';
export { xenLack } from './facts';
