import CloudDownload from '@mui/icons-material/CloudDownloadOutlined';
import type { Action } from '../../../parts/actions/action';
import { hasPlugin, NOT_OURS } from '../../../parts/host/plugin';
import { showFetchIso } from '../../../parts/sr/FetchIsoDialog';
import { whyNotMay } from '../../../parts/session/may';
import { whyNoUpload } from '../iso/why-no-upload';
import { srOf } from '../sr-target';

export const fetchIso: Action = {
  id: 'sr.fetch', label: 'Fetch by URL…', icon: CloudDownload,
  whyNot: selection => {
    const sr = srOf(selection);
    if (!sr) return 'Choose an ISO library first.';
    return whyNoUpload(sr) ?? (hasPlugin(sr.session) ? whyNotMay(sr.session, 'host.call_plugin/key:iso_fetch') : NOT_OURS);
  },
  run: (selection, stage) => { const sr = srOf(selection); if (sr) showFetchIso(stage, sr); },
};
