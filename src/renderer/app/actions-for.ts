import type { World } from '../api';
import { showLicences } from '../features/host/licences/show-licences';
import { disconnect } from '../features/session/actions/disconnect';
import { connect } from '../features/session/actions/connect';
import { retry } from '../features/session/actions/retry';
import { destroy as destroyNetwork } from '../features/network/actions/destroy';
import { newNetwork } from '../features/network/actions/new-network';
import { bringIn } from '../features/p2v/bring-in';
import { newSr, SR_TOOLBAR, srActions } from '../features/sr/actions';
import { importVm, newVm, TEMPLATE_ACTIONS, VM_ACTIONS, VM_TOOLBAR } from '../features/vm/actions';
import type { Action, Selection, Target } from '../parts/actions/action';

/* Which actions belong to what is chosen, in groups. */

export const menuFor = (world: World, selection: Selection): readonly (readonly Action[])[] => {
  const [target] = selection;
  // What is of several kinds has nothing in common that could be done.
  if (target && selection.some(({ cls }) => cls !== target.cls)) return [];
  switch (target?.cls) {
    case undefined: return world.inBrowser ? [] : [[connect]];
    case 'VM': return selection.every(({ session, ref }) => session.records.get('VM', ref)?.is_a_template) ? TEMPLATE_ACTIONS : VM_ACTIONS;
    case 'SR': return [...srActions(world), [newSr]];
    case 'network': return [[newNetwork], [destroyNetwork]];
    case 'session': case 'host': return [[newVm, importVm(world), newSr, newNetwork], [bringIn], [showLicences], [retry(world), disconnect(world)]];
  }
};

/** The same buttons at the same places, whatever is chosen: what stands still is found without looking. */
export const toolbarFor = (selection: Selection): readonly (readonly Action[])[] => [...VM_TOOLBAR, ...ofClass(selection[0]?.cls)];

const ofClass = (cls: Target['cls'] | undefined): readonly (readonly Action[])[] => (cls === 'SR' ? SR_TOOLBAR : cls === 'network' ? [[destroyNetwork]] : []);

/** All that has a shortcut. */
export const SHORTCUTS: readonly Action[] = [newVm, connect, ...VM_ACTIONS.flat()].filter(action => action.shortcut !== undefined);
