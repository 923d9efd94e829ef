import { isNull } from '../../../shared/api';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { repositoryOf } from '../vdi/make';
import { duplicate } from './clone';

/** A second VM whose disks are full copies: nothing ties it to the first. The null SR leaves each disk where its original is. */
export const copy = (desk: Desk): Handler<'VM.copy'> => (context, vm, name, sr) => {
  if (!isNull(sr)) repositoryOf(desk, sr);
  return duplicate(desk, context, vm, name, 'copy', isNull(sr) ? undefined : sr);
};
