import { allCds } from '../cds';
import { listRecords, PARAMS, type AnyRecord } from '../records';
import type { Verb } from '../verb';

export const cdList: Verb = {
  name: 'cd-list',
  summary: 'lists the CD images and CD drives of the host; name=value keeps those whose field has this value',
  parameters: [PARAMS],
  flags: ['minimal', 'json'],
  filters: true,
  run: async context => {
    const records = (await allCds(context.client)).map(([, vdi]) => vdi as unknown as AnyRecord);
    await listRecords(context, 'VDI', records, ['uuid', 'name-label']);
  },
};
