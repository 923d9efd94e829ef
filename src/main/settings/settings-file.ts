/* The settings on disk: one JSON file, written whole or not at all, checked against its schema when it is read. A damaged
 * file is set aside under another name and reported; it never keeps the console from starting. */
import fs from 'node:fs';
import path from 'node:path';
import ElectronStore, { type Schema } from 'electron-store';
import { HOSTS_MAX, type SettingsContent, type SettingsFile } from './content';

const NAME = 'settings';
const text = { type: 'string', maxLength: 1_024 } as const;
const SCHEMA: Schema<SettingsContent> = {
  hosts: {
    type: 'array', maxItems: HOSTS_MAX,
    items: {
      type: 'object', required: ['address', 'user', 'fingerprint', 'lastUsed'], additionalProperties: false,
      properties: { address: text, user: text, fingerprint: { type: 'string', pattern: '^([0-9A-F]{2}:){31}[0-9A-F]{2}$' }, lastUsed: text, sealed: { type: 'string', maxLength: 16_384 } },
    },
  },
  preferences: {
    type: 'object', required: ['graphs', 'notify'], additionalProperties: false,
    properties: {
      notify: { type: 'boolean' },
      graphs: {
        type: 'array', items: {
          type: 'object', required: ['id', 'title', 'on', 'lines'], additionalProperties: false,
          properties: { id: text, title: text, on: text, lines: { type: 'array', items: { type: 'object', required: ['cls', 'uuid', 'source'], additionalProperties: false, properties: { cls: { enum: ['VM', 'host', 'SR'] }, uuid: text, source: text } } } },
        },
      },
    },
  },
  window: {
    type: 'object', required: ['x', 'y', 'width', 'height', 'maximised'], additionalProperties: false,
    properties: { x: { type: 'integer' }, y: { type: 'integer' }, width: { type: 'integer', minimum: 1 }, height: { type: 'integer', minimum: 1 }, maximised: { type: 'boolean' } },
  },
};

export const openSettingsFile = (folder: string): SettingsFile => {
  try {
    return opened(folder);
  } catch (damage) {
    console.error(`settings: cannot read them: ${wordsOf(damage)}`);
    return afresh(folder);
  }
};

/** Where not even the damaged file can be moved, the settings last as long as the program. */
const afresh = (folder: string): SettingsFile => {
  const setAside = path.join(folder, `${NAME}.damaged-${Date.now()}.json`);
  try {
    fs.renameSync(path.join(folder, `${NAME}.json`), setAside);
    return { ...opened(folder), setAside };
  } catch (error) {
    return { content: { hosts: [] }, write: () => { throw new Error(wordsOf(error)); } };
  }
};

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const opened = (folder: string): SettingsFile => {
  const store = new ElectronStore<SettingsContent>({ name: NAME, cwd: folder, schema: SCHEMA, clearInvalidConfig: false, configFileMode: 0o600 });
  const { hosts, window, preferences } = store.store;
  return {
    content: { hosts: hosts ?? [], ...(window ? { window } : {}), ...(preferences ? { preferences } : {}) },
    write: content => { store.store = content; },
  };
};
