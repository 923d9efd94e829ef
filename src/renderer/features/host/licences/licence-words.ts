import type { HostRecord } from '../../../../shared/api';
import { EDITION_NAMES, isEdition } from '../../../../shared/rules/editions';
import { readDate } from '../../../api';
import { dateText } from '../../../ui/text';

/* The licence of a host, in words. */

type Licensed = Pick<HostRecord, 'edition' | 'license_params'>;

export const editionWords = ({ edition }: Licensed): string => (isEdition(edition) ? EDITION_NAMES[edition] : edition === '' ? 'unknown' : edition);

/** A year that is written for "never". */
const NEVER_FROM = Date.UTC(2099, 0, 1);
/** Until when, or why the licence that is there does not count. */
export const licenceWords = ({ license_params: params = {} }: Partial<Licensed>): string => {
  if (params['licence_message']) return params['licence_message'];
  const end = readDate(params['expiry'] ?? '');
  if (!params['serialnumber']) return 'No licence';
  return end === undefined || end >= NEVER_FROM ? 'Never expires' : `Expires on ${dateText(end)}`;
};
