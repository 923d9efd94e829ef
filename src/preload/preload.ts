/* The bridge between the page and main: two lists of channels, and nothing that knows what they are for. */
import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';
import { ANNOUNCE_CHANNELS, INVOKE_CHANNELS, type Bridge } from '../shared/ipc';

const invokes: readonly string[] = INVOKE_CHANNELS;
const announces: readonly string[] = ANNOUNCE_CHANNELS;

const bridge: Bridge = {
  invoke: (channel, ...args) => {
    if (!invokes.includes(channel)) return Promise.reject(new Error(`no such channel: ${channel}`));
    return ipcRenderer.invoke(channel, ...args) as ReturnType<Bridge['invoke']> as never;
  },
  on: (channel, listener) => {
    if (!announces.includes(channel)) throw new Error(`no such channel: ${channel}`);
    const heard = (_event: IpcRendererEvent, value: Parameters<typeof listener>[0]): void => { listener(value); };
    ipcRenderer.on(channel, heard);
    return () => { ipcRenderer.off(channel, heard); };
  },
};
contextBridge.exposeInMainWorld('api', bridge);
