import Dns from '@mui/icons-material/DnsOutlined';
import { connect } from '../../features/session/actions/connect';
import { useScreen } from '../../parts/actions/stage';
import { EmptyState } from '../../ui/EmptyState';
import { WhyButton } from '../../ui/WhyButton';

/** The first thing that anybody sees. */
export const FirstStart = () => {
  const screen = useScreen();
  return (
    <EmptyState icon={Dns} title="Not connected to any host yet"
      detail="Connect to a hypervisor host to see its virtual machines, start them, and work on their consoles. You need its address, a user name and the password that it showed at its first start.">
      <WhyButton label="Connect to a host" variant="contained" why={undefined} onClick={() => { screen.perform(connect, []); }} />
    </EmptyState>
  );
};
