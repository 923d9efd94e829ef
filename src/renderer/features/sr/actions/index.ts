import type { World } from '../../../api';
import type { Action } from '../../../parts/actions/action';
import { attach } from './attach';
import { check } from './check';
import { detach } from './detach';
import { fetchIso } from './fetch-iso';
import { makeDefault } from './make-default';
import { newSr } from './new-sr';
import { destroy, forget } from './remove';
import { rescan } from './rescan';
import { uploadIso } from './upload-iso';

export { newSr };
/** All that can be done to a storage repository, in groups as menus show them. */
export const srActions = (world: World): readonly (readonly Action[])[] => [[rescan, check, makeDefault], [uploadIso(world), fetchIso], [attach, detach], [forget, destroy]];
/** What is wanted often enough for a button. */
export const SR_TOOLBAR: readonly (readonly Action[])[] = [[rescan]];
