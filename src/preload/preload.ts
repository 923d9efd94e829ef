/* The bridge between the page and main: lists of channels, and nothing that knows what they are for, but for dropped files: their paths are for main alone. */
import { contextBridge, ipcRenderer, webUtils, type IpcRendererEvent } from 'electron';
import { ANNOUNCE_CHANNELS, INVOKE_CHANNELS, type Bridge, type LocalFile, type PreloadInvoke } from '../shared/ipc';

const invokes: readonly string[] = INVOKE_CHANNELS;
const announces: readonly string[] = ANNOUNCE_CHANNELS;

const bridge: Bridge = {
  invoke: (channel, ...args) => {
    if (!invokes.includes(channel)) return Promise.reject(new Error(`no such channel: ${channel}`));
    return ipcRenderer.invoke(channel, ...args) as ReturnType<Bridge['invoke']> as never;
  },
  takeFile: file => {
    const channel: keyof PreloadInvoke = 'file.dropped';
    const path = file instanceof File ? webUtils.getPathForFile(file) : '';
    return path === '' ? Promise.resolve(undefined) : ipcRenderer.invoke(channel, path) as Promise<LocalFile | undefined>;
  },
  on: (channel, listener) => {
    if (!announces.includes(channel)) throw new Error(`no such channel: ${channel}`);
    const heard = (_event: IpcRendererEvent, value: Parameters<typeof listener>[0]): void => { listener(value); };
    ipcRenderer.on(channel, heard);
    return () => { ipcRenderer.off(channel, heard); };
  },
};
contextBridge.exposeInMainWorld('api', bridge);
