import type { SMRecord } from '../../../../../shared/api';
import type { Session } from '../../../../api';
import { SMS } from '../../../../parts/lists';
import { hasPlugin } from '../../../../parts/host/plugin';

/* Which kinds of storage a host can have, from its SM records, and what each asks for. */

export interface Field { key: string; label: string; hint: string; required: boolean; secret: boolean }
export interface Kind {
  type: string;
  name: string;
  detail: string;
  /** Why not on this host; undefined: it can. */
  why: string | undefined;
  fields: readonly Field[];
  canProbe: boolean;
  iso: boolean;
  shared: boolean;
}

/** In our words, for the kinds that are known; others show the host's. */
const PURPOSES: Readonly<Record<string, string>> = {
  dir: 'Disks as files in a folder of the host. Simple, thin, with fast clones.',
  ext: 'Disks as files on a disk of the host. Thin, with fast clones.',
  lvm: 'Disks as volumes on one or several disks of the host.',
  nfs: 'Disks as files on an NFS server, for several hosts at once.',
  smb: 'Disks as files on a Windows share, for several hosts at once.',
  iscsi: 'Each LUN of an iSCSI target is a disk.',
  lvmoiscsi: 'Disks as volumes on a LUN of an iSCSI target, for several hosts at once.',
  rbd: 'Disks as images in a Ceph cluster, for several hosts at once.',
  iso: 'A library of disc images to install systems from.',
};
const LABELS: Readonly<Record<string, string>> = {
  location: 'Location', path: 'Folder', device: 'Disks', server: 'Server', serverpath: 'Exported path', options: 'Mount options', target: 'Target address', port: 'Port', targetIQN: 'Target name (IQN)', SCSIid: 'LUN',
  chapuser: 'User (CHAP)', chappassword: 'Password (CHAP)', username: 'User', cifspassword: 'Password', password: 'Password', user: 'User', pool: 'Pool', monitors: 'Monitors', key: 'Key', nfsversion: 'NFS version', type: 'Type', allocation: 'Allocation',
};
/** What no person makes by hand. */
const HIDDEN: ReadonlySet<string> = new Set(['udev', 'dummy', 'tools']);
const SHARED = /nfs|smb|cifs|iscsi|hba|fcoe|rbd|ceph|gluster|moosefs|linstor/;
/** Until it is asked for twice, it is not: an address typed once more costs less than a password on the screen. */
const SECRET = /pass(word|wd|phrase)?$|secret|^key(ring)?$/i;

export const kindsOf = (session: Session): Kind[] => session.records.index(SMS).refs.flatMap(ref => {
  const sm = session.records.get('SM', ref);
  return sm && !HIDDEN.has(sm.type) ? [kindOf(sm, hasPlugin(session))] : [];
});

export const kindOf = (sm: SMRecord, ours: boolean): Kind => {
  // Our hosts say what they know of a kind; of others it is told by its name.
  const { lacks = '', 'content-type': content, shared, 'secret-keys': secrets } = sm.other_config;
  const iso = content === undefined ? /iso/.test(sm.type) && !/iscsi/.test(sm.type) : content === 'iso';
  return {
    type: sm.type, name: sm.name_label || sm.type, detail: PURPOSES[sm.type] ?? sm.name_description, why: lacks === '' ? undefined : `Not on this host: ${lacks}.`.replace(/\.\.$/, '.'),
    fields: Object.entries(sm.configuration).map(([name, hint]) => fieldOf(name, hint, ours, secrets?.split(',') ?? [])),
    canProbe: sm.capabilities.includes('SR_PROBE'), iso, shared: shared === undefined ? SHARED.test(sm.type) : shared === 'true',
  };
};

/** Our hosts mark what need not be given; others do not say, and are asked with what there is. */
const fieldOf = (name: string, hint: string, ours: boolean, secrets: readonly string[]): Field => {
  const key = name.replace(/\?$/, '');
  return { key, label: LABELS[key] ?? key, hint, required: ours && !name.endsWith('?'), secret: secrets.includes(key) || SECRET.test(key) };
};
