import AltRoute from '@mui/icons-material/AltRoute';
import Dns from '@mui/icons-material/DnsOutlined';
import Link from '@mui/icons-material/Link';
import LinkOff from '@mui/icons-material/LinkOff';
import RemoveCircle from '@mui/icons-material/RemoveCircleOutlined';
import Tune from '@mui/icons-material/Tune';
import { isNull, type BondMode, type PIFRecord, type Ref } from '../../../../shared/api';
import { CallFailed, failureOf, type Session } from '../../../api';
import { couldNot, type Stage } from '../../../parts/actions/action';
import { confirm } from '../../../parts/actions/confirm';
import { type Permission, whyNotMay } from '../../../parts/session/may';
import { outcome } from '../../../parts/actions/outcome';
import { hasPlugin, NOT_OURS } from '../../../parts/host/plugin';
import type { MenuEntry } from '../../../ui/ActionMenu';
import { showAddress } from './AddressDialog';
import { showKeep } from './KeepDialog';

/* What can be done with one network card of a host. PIFs have no allowed_operations: the record tells, and the host has the last word. */

const BOND_MODES: readonly { mode: BondMode; label: string }[] = [{ mode: 'active-backup', label: 'Use one card, the other stands by' }, { mode: 'lacp', label: 'Use both cards (LACP; the switch must be told)' }];

/** @param inBrowser a page cannot follow the host to another address */
export const nicEntries = (session: Session, ref: Ref<'PIF'>, pif: PIFRecord, stage: Stage, inBrowser = false): (readonly MenuEntry[])[] => {
  const about = (verb: string) => ({ verb, subject: pif.device, subjectRef: ref });
  const may = (permission: Permission): string | undefined => whyNotMay(session, permission);
  // Only our hosts go back by themselves when nobody reaches them any more.
  const guarded = !hasPlugin(session) ? NOT_OURS : inBrowser ? 'A page cannot follow the host to another address: use the desktop console, or xe.' : undefined;
  const member = isNull(pif.bond_slave_of) ? undefined : 'It is part of a bond.';
  const managed = pif.management ? 'The host is managed through it.' : undefined;
  const [bond] = pif.bond_master_of, mode = session.records.get('Bond', bond ?? '')?.mode;
  const run = (verb: string, done: string, work: () => Promise<unknown>): void => { void outcome(stage, session, about(verb), done, work); };
  return [
    [
      { id: 'address', label: 'Change the address…', icon: Tune, why: may('PIF.reconfigure_ip') ?? (pif.management ? guarded : undefined), run: () => { showAddress(stage, { session, ref, record: pif }); } },
      { id: 'management', label: 'Manage the host through it…', icon: Dns, why: may('host.management_reconfigure') ?? guarded ?? managed ?? member ?? (pif.IP === '' ? 'It has no address: give it one first.' : undefined), run: () => { manageThrough(session, ref, pif, stage); } },
    ],
    ...(bond === undefined ? [] : [BOND_MODES.map(({ mode: wanted, label }) => ({ id: `bond ${wanted}`, label, icon: AltRoute, why: may('Bond.set_mode') ?? (mode === wanted ? 'It does so now.' : undefined), run: () => { run('change the bond', 'Changed the bond', () => session.run(about('change the bond'), undefined, 'Async.Bond.set_mode', bond, wanted)); } }))]),
    [
      pif.currently_attached
        ? { id: 'unplug', label: 'Take its bridge down', icon: LinkOff, why: may('PIF.unplug') ?? managed ?? (pif.disallow_unplug ? 'It is set to stay.' : undefined), run: () => { run('take down', 'Took down', () => session.run(about('take down'), undefined, 'Async.PIF.unplug', ref)); } }
        : { id: 'plug', label: 'Bring its bridge up', icon: Link, why: may('PIF.plug') ?? member, run: () => { run('bring up', 'Brought up', () => session.run(about('bring up'), undefined, 'Async.PIF.plug', ref)); } },
      {
        id: 'forget', label: 'Forget…', icon: RemoveCircle, danger: true, why: may('PIF.forget') ?? managed ?? member ?? (pif.physical ? undefined : 'A VLAN or bond goes with its network.'), run: () => {
          confirm(stage, {
            title: `Forget ${pif.device}?`, verb: 'Forget', warning: 'The card is left to the Linux machine, and no network of this host leads over it any more. “Rescan” brings it back.',
            apply: () => { run('forget', 'Forgot', () => session.run(about('forget'), undefined, 'Async.PIF.forget', ref)); },
          });
        },
      },
    ],
  ];
};

/** Holds only when the host was reached there: without a word by the new address it goes back by itself. */
const manageThrough = (session: Session, ref: Ref<'PIF'>, pif: PIFRecord, stage: Stage): void => {
  confirm(stage, {
    title: `Manage the host through ${pif.device}?`, verb: 'Manage through it', danger: false,
    warning: `The change holds only when this program has reached the host at ${pif.IP}; otherwise the host goes back by itself. VMs go on running.`,
    apply: async () => {
      // The answer may be lost with the address that it would come to: the next dialog looks.
      try { await session.call('host.management_reconfigure', ref); } catch (error) {
        if (!(error instanceof CallFailed && error.failure.kind === 'silent')) { stage.failed(couldNot({ verb: 'manage the host through', subject: pif.device }), failureOf(error), session); return; }
      }
      showKeep(stage, session, ref, pif.IP);
    },
  });
};
