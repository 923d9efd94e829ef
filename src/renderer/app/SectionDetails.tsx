import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useList, useRecord } from '../api';
import { HOSTS, NETWORKS, SRS, TEMPLATES } from '../parts/lists';
import { ObjectLink } from '../parts/ObjectLink';
import { type Column, DataTable } from '../ui/DataTable';
import { sectionName } from './tree/node-text';
import type { SectionId } from './tree/nodes';

const LISTS = { hosts: HOSTS, templates: TEMPLATES, storage: SRS, networks: NETWORKS } as const;
const COLUMNS: readonly Column[] = [{ id: 'name', title: 'Name', track: 'minmax(14em, 1fr)' }, { id: 'description', title: 'Description', track: 'minmax(16em, 2fr)' }];

/** What stands in a section of the tree, as a list. */
export const SectionDetails = ({ section }: { section: SectionId }) => {
  const spec = LISTS[section];
  const refs = useList<'VM' | 'host' | 'SR' | 'network'>(spec);
  return (
    <Box component="section" aria-label={sectionName(section)} sx={{ p: 2, height: '100%', minHeight: 0, display: 'flex', flexDirection: 'column', gap: 1 }}>
      <Typography component="h2" variant="h6">{sectionName(section)}</Typography>
      <Box sx={{ flex: 1, minHeight: 0 }}>
        <DataTable label={sectionName(section)} columns={COLUMNS} rows={refs}
          renderCell={(row, column) => (column === 'name' ? <ObjectLink cls={spec.cls} of={row} /> : <Description cls={spec.cls} of={row} />)} />
      </Box>
    </Box>
  );
};

const Description = ({ cls, of: ref }: { cls: 'VM' | 'host' | 'SR' | 'network'; of: string }) => <>{useRecord(cls, ref)?.name_description}</>;
