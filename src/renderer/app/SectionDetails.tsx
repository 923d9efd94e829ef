import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useList, useRecord, useSession, useSessionView } from '../api';
import { newNetwork } from '../features/network/actions/new-network';
import { newSr } from '../features/sr/actions';
import type { Action, Selection } from '../parts/actions/action';
import { useScreen } from '../parts/actions/stage';
import { NETWORKS, SRS, TEMPLATES } from '../parts/lists';
import { ObjectLink } from '../parts/ObjectLink';
import { type Column, DataTable } from '../ui/DataTable';
import { WhyButton } from '../ui/WhyButton';
import { sectionName } from './tree/node-text';
import type { SectionId } from './tree/nodes';

const LISTS = { templates: TEMPLATES, storage: SRS, networks: NETWORKS } as const;
/** What a section can be filled with. */
const MAKERS: Readonly<Partial<Record<SectionId, Action>>> = { storage: newSr, networks: newNetwork };
const COLUMNS: readonly Column[] = [{ id: 'name', title: 'Name', track: 'minmax(14em, 1fr)' }, { id: 'description', title: 'Description', track: 'minmax(16em, 2fr)' }];

/** What stands in a section of the tree, as a list. */
export const SectionDetails = ({ section }: { section: SectionId }) => {
  const spec = LISTS[section];
  const refs = useList<'VM' | 'SR' | 'network'>(spec);
  const session = useSession();
  const screen = useScreen();
  useSessionView();
  const make = MAKERS[section];
  const selection: Selection = [{ session, cls: 'session', ref: session.id }];
  return (
    <Box component="section" aria-label={sectionName(section)} sx={{ p: 2, height: '100%', minHeight: 0, display: 'flex', flexDirection: 'column', gap: 1 }}>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 2 }}>
        <Typography component="h2" variant="h6">{sectionName(section)}</Typography>
        {make && <WhyButton label={make.label} {...(make.icon && { icon: make.icon })} variant="outlined" why={make.whyNot(selection)} onClick={() => { screen.perform(make, selection); }} />}
      </Box>
      <Box sx={{ flex: 1, minHeight: 0 }}>
        <DataTable label={sectionName(section)} columns={COLUMNS} rows={refs}
          renderCell={(row, column) => (column === 'name' ? <ObjectLink cls={spec.cls} of={row} /> : <Description cls={spec.cls} of={row} />)} />
      </Box>
    </Box>
  );
};

const Description = ({ cls, of: ref }: { cls: 'VM' | 'SR' | 'network'; of: string }) => <>{useRecord(cls, ref)?.name_description}</>;
