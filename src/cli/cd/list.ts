import { allCds } from '../cds';
import { filtered, printRecords, type AnyRecord } from '../records';
import type { Verb } from '../verb';

export const cdList: Verb = {
  name: 'cd-list',
  summary: 'lists the CD images and CD drives of the host; name=value keeps those whose field has this value',
  parameters: [{ name: 'params', about: 'which fields, with commas between them, or "all"' }],
  flags: ['minimal', 'json'],
  filters: true,
  run: async context => {
    const records = (await allCds(context.client)).map(([, vdi]) => vdi as unknown as AnyRecord);
    await printRecords(context, 'VDI', await filtered(context, 'VDI', records, new Map([...context.values].filter(([name]) => name !== 'params'))), ['uuid', 'name-label']);
  },
};
