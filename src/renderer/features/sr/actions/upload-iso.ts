import UploadFile from '@mui/icons-material/UploadFileOutlined';
import type { World } from '../../../api';
import type { Action } from '../../../parts/actions/action';
import { whyNoUpload } from '../iso/why-no-upload';
import { uploadIsos } from '../iso/upload-isos';
import { srOf } from '../sr-target';

export const uploadIso = (world: World): Action => ({
  id: 'sr.upload', label: 'Upload images…', icon: UploadFile,
  whyNot: selection => { const sr = srOf(selection); return sr ? whyNoUpload(sr) : 'Choose an ISO library first.'; },
  run: async (selection, stage) => {
    const sr = srOf(selection);
    if (sr) await uploadIsos(sr, await world.chooseFiles('iso'), stage);
  },
});
