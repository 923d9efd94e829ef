import DeleteOutlined from '@mui/icons-material/DeleteOutlined';
import { useSessionView } from '../../api';
import { EmptyState } from '../../ui/EmptyState';

/** What was chosen is not there (any more). */
export const Gone = ({ what }: { what: string }) => {
  const { state } = useSessionView();
  if (state.at === 'filling' || state.at === 'connecting') return <EmptyState title="Loading…" detail="The host is telling what it has." />;
  return <EmptyState icon={DeleteOutlined} title={`This ${what} is gone`} detail="It was deleted, here or by someone else. Choose another object in the tree." />;
};
