/* Which of a host's doors a transfer goes through, and with what. */
import type { DownloadWish, UploadWish } from '../shared/ipc';

type Query = Readonly<Record<string, string>>;

export const requestOf = (wish: DownloadWish, task: string): [string, Query] => {
  switch (wish.what) {
    case 'disk': return ['/export_raw_vdi', { vdi: wish.vdi, format: wish.format, task_id: task }];
    case 'vm': return ['/export', {
      ref: wish.vm, task_id: task, include_snapshots: String(wish.snapshots), use_compression: wish.compression === 'none' ? 'false' : wish.compression, ...(wish.format === 'ova' && { format: 'ova' }),
    }];
  }
};

export const targetOf = (wish: UploadWish, task: string): [string, Query] => {
  switch (wish.what) {
    case 'vm': return ['/import', { task_id: task, restore: String(wish.restore), ...(wish.sr !== '' && { sr_id: wish.sr }), ...(wish.network !== '' && { network: wish.network }) }];
    case 'new-disk': return ['/import_raw_vdi', { task_id: task, sr_id: wish.sr, name_label: wish.name, format: wish.format }];
    case 'into-disk': return ['/import_raw_vdi', { task_id: task, vdi: wish.vdi, format: 'raw', ...(wish.fromByte !== undefined && { offset: String(wish.fromByte) }) }];
  }
};
