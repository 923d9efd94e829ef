import Build from '@mui/icons-material/BuildOutlined';
import { failureOf } from '../../../api';
import { type Action, couldNot } from '../../../parts/actions/action';
import { whyNotMay } from '../../../parts/session/may';
import { hasPlugin, NOT_OURS, runPlugin } from '../../../parts/host/plugin';
import { buildLacks, hasRecipe } from '../../../parts/template/recipe';
import { vmsOf } from './vm-action';

/** The host makes the template from packages, or makes it anew. Its progress is in the list of tasks, where it can be cancelled. */
export const buildTemplate: Action = {
  id: 'template.build', label: 'Build', icon: Build,
  whyNot: selection => {
    const [template] = vmsOf(selection);
    if (!template) return 'Choose a template first.';
    if (!hasPlugin(template.session)) return NOT_OURS;
    return whyNotMay(template.session, 'host.call_plugin/key:template_build') ?? (hasRecipe(template.record) ? buildLacks(template.record) : 'The host has no recipe for this template.');
  },
  run: async (selection, stage) => {
    const [template] = vmsOf(selection);
    if (!template) return;
    const { session, record, ref, target } = template, about = { verb: 'build', subject: record.name_label, subjectRef: ref };
    try {
      await runPlugin(session, about, undefined, 'template_build', { template: record.uuid });
      stage.succeeded(`Built “${record.name_label}”`, target);
    } catch (error) { stage.failed(couldNot(about), failureOf(error), session); }
  },
};
