import ContentCopyOutlined from '@mui/icons-material/ContentCopyOutlined';
import Alert from '@mui/material/Alert';
import type { Ref, VMRecord } from '../../../../shared/api';
import { useRecord, useRecords, useSession, useSessionView } from '../../../api';
import { Details } from '../../../parts/details/Details';
import { Gone } from '../../../parts/details/Gone';
import { buildLacks, hasFirstBoot, isUnbuilt, startWords } from '../../../parts/template/recipe';
import { Naming } from '../../../parts/Naming';
import { whyNotMay } from '../../../parts/session/may';
import { CopyButton } from '../../../ui/CopyButton';
import { Properties, Property, PropertyGrid } from '../../../ui/Properties';
import { bytesText } from '../../../ui/text';

/** A template: what a VM made from it starts with. */
export const TemplateDetails = ({ of: ref }: { of: string }) => {
  const template = useRecord('VM', ref);
  if (!template) return <Gone what="template" />;
  return <Details icon={<ContentCopyOutlined fontSize="small" sx={{ color: 'text.secondary' }} />} name={template.name_label} kind="Template"
    tabs={[{ id: 'general', title: 'General', body: () => <General template={template} of={ref as Ref<'VM'>} /> }]} />;
};

const General = ({ template, of: ref }: { template: VMRecord; of: Ref<'VM'> }) => {
  const session = useSession();
  useSessionView();
  const disks = useRecords('VBD', template.VBDs).filter(({ record }) => record.type === 'Disk');
  const images = useRecords('VDI', disks.map(({ record }) => record.VDI));
  const why = template.is_default_template ? 'This template came with the host.' : whyNotMay(session, 'VM.set_name_label');
  return (
    <PropertyGrid>
      {isUnbuilt(template) && <Alert severity={buildLacks(template) === undefined ? 'info' : 'warning'} sx={{ gridColumn: '1 / -1' }}>{buildLacks(template) ?? 'This template is not built yet. Build makes it on the host from Debian’s packages, in about a minute.'}</Alert>}
      <Properties title="Template">
        <Naming record={template} why={why} setName={text => session.call('VM.set_name_label', ref, text)}
          setDescription={text => session.call('VM.set_name_description', ref, text)} />
        <Property name="Identifier"><code>{template.uuid}</code><CopyButton text={template.uuid} what="identifier" /></Property>
      </Properties>
      <Properties title="A VM made from it starts with">
        <Property name="Virtual CPUs">{template.VCPUs_max}</Property>
        <Property name="Memory">{bytesText(template.memory_static_max)}</Property>
        <Property name="Disks">{images.length === 0 ? 'none' : images.map(({ record }) => bytesText(record.virtual_size)).join(', ')}</Property>
        {hasFirstBoot(template) && <Property name="Start">{startWords(template)}</Property>}
        <Property name="Network cards">{template.VIFs.length}</Property>
      </Properties>
    </PropertyGrid>
  );
};
