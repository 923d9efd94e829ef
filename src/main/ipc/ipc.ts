/* The only ipcMain: checks who is asking, then the arguments, then hands on. */
import { INVOKE_CHANNELS, PRELOAD_CHANNELS, type Announce, type Invoke, type PreloadInvoke } from '../../shared/ipc';
import type { Disposable } from '../../shared/lib/emitter';
import { areArguments } from './checks';

/** Of Electron, what is needed. */
export interface Sender { url: string; parent: unknown }
export interface InvokeEvent { senderFrame: Sender | null }
export interface IpcMain {
  handle(channel: string, listener: (event: InvokeEvent, ...args: unknown[]) => unknown): void;
  removeHandler(channel: string): void;
  removeAllListeners(channel: string): void;
}
type All = Invoke & PreloadInvoke;
export type Handlers = { readonly [C in keyof All]: (...args: Parameters<All[C]>) => ReturnType<All[C]> | Promise<Awaited<ReturnType<All[C]>>> };
const CHANNELS = [...INVOKE_CHANNELS, ...PRELOAD_CHANNELS];

export const serve = (ipcMain: IpcMain, appUrl: string, handlers: Handlers): Disposable => {
  // electron-store listens here for stores in a renderer; ours has none, and is told nothing about paths.
  ipcMain.removeAllListeners('electron-store-get-data');
  for (const channel of CHANNELS) {
    ipcMain.handle(channel, (event, ...args) => {
      if (!isOurs(event.senderFrame, appUrl)) throw new Error(`${channel}: refused to a stranger`);
      if (!areArguments(channel, args)) throw new Error(`${channel}: bad arguments`);
      return (handlers[channel] as (...args: unknown[]) => unknown)(...args);
    });
  }
  return { dispose: () => { for (const channel of CHANNELS) ipcMain.removeHandler(channel); } };
};

/** The top frame of our own page, and nothing that sits in it or came in its place. */
const isOurs = (frame: Sender | null, appUrl: string): boolean =>
  frame !== null && frame.parent === null && (frame.url === appUrl || frame.url.startsWith(appUrl));

export type Announcer = <C extends keyof Announce>(channel: C, value: Announce[C]) => void;
