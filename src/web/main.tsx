/* The console's page in a browser, served by the host that it shows. */
import { createRoot } from 'react-dom/client';
import { must } from '../shared/lib/assert';
import { Page } from './Page';

createRoot(must(document.getElementById('root'), '#root')).render(<Page />);
