import LinkIcon from '@mui/icons-material/Link';
import LinkOff from '@mui/icons-material/LinkOff';
import RemoveCircle from '@mui/icons-material/RemoveCircleOutlined';
import Tune from '@mui/icons-material/Tune';
import type { Ref } from '../../../../../shared/api';
import type { Stage } from '../../../../parts/actions/action';
import { confirm } from '../../../../parts/actions/confirm';
import { whyNotOffered } from '../../../../parts/actions/offered';
import { outcome } from '../../../../parts/actions/outcome';
import { whyNotMay } from '../../../../parts/session/may';
import type { MenuEntry } from '../../../../ui/ActionMenu';
import type { VmTarget } from '../../actions/vm-action';
import { showNic } from './NicDialog';
import { removeNic } from './nics';

/** What can be done with one network card of a VM. */
export const nicEntries = (vm: VmTarget, ref: Ref<'VIF'>, stage: Stage): (readonly MenuEntry[])[] => {
  const { session } = vm;
  const record = session.records.get('VIF', ref);
  if (!record) return [];
  const about = (verb: string) => ({ verb: `${verb} network card ${record.device} of`, subject: vm.record.name_label, subjectRef: vm.ref });
  const plug = record.currently_attached
    ? { id: 'unplug', label: 'Unplug', icon: LinkOff, why: whyNotOffered(session, record, 'unplug', 'The host does not offer to unplug it now.', 'VIF.unplug'), run: () => { void outcome(stage, session, about('unplug'), `Unplugged network card ${record.device} of`, () => session.run(about('unplug'), undefined, 'Async.VIF.unplug', ref)); } }
    : { id: 'plug', label: 'Plug in', icon: LinkIcon, why: whyNotOffered(session, record, 'plug', 'Only while the VM runs: at its start every card is plugged in.', 'VIF.plug'), run: () => { void outcome(stage, session, about('plug in'), `Plugged in network card ${record.device} of`, () => session.run(about('plug in'), undefined, 'Async.VIF.plug', ref)); } };
  return [
    [plug, { id: 'properties', label: 'Network and properties…', icon: Tune, why: whyNotMay(session, 'VIF.create'), run: () => { showNic(stage, { vm, vif: { ref, record } }); } }],
    [{
      id: 'remove', label: 'Remove…', icon: RemoveCircle, danger: true, why: whyNotMay(session, 'VIF.destroy'), run: () => {
        confirm(stage, {
          title: `Remove network card ${record.device} of “${vm.record.name_label}”?`, verb: 'Remove', warning: `Its MAC address ${record.MAC} goes with it.${record.currently_attached ? ' It is unplugged from the running VM first.' : ''}`,
          apply: () => outcome(stage, session, about('remove'), `Removed network card ${record.device} of`, () => removeNic({ session, vm: vm.record, ref: vm.ref }, { ref, record })),
        });
      },
    }],
  ];
};
