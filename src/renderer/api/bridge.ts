import type { Bridge } from '../../shared/ipc';

declare global {
  interface Window { readonly api?: Bridge }
}

/** The only `window.api` of the renderer. */
export const bridgeOfWindow = (): Bridge => {
  if (!window.api) throw new Error('the preload script has not run: window.api is missing');
  return window.api;
};
