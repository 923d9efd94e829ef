import { callPlugin } from '../plugin';
import { print, type Verb } from '../verb';
import { templateOf } from '../vms';

export const templateBuild: Verb = {
  name: 'template-build',
  summary: 'builds a template on the host, or builds it anew, and prints its uuid',
  parameters: [
    { name: 'template', about: 'the name of the template, or its uuid', required: true },
    { name: 'memory', about: 'false: do not keep the memory of a first boot; new VMs boot then' },
  ],
  flags: [],
  run: async context => {
    const memory = context.values.get('memory');
    print(context.terminal.stdout, await callPlugin(context, 'Building the template', 'template_build', {
      template: await context.client.call('VM.get_uuid', await templateOf(context)), ...(memory === undefined ? {} : { memory }),
    }));
  },
};
