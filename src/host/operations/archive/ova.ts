import { isNull, NULL_REF, parseType, type ClassName, type Records, type Ref, type Type } from '../../../shared/api';
import { CLASSES } from '../../../shared/api/generated/model';
import { XmlDate, type XmlValue } from '../../../shared/lib/xml-value';
import type { Reader } from '../../store/contract';
import { theHost } from '../vm/power';
import { describeFigures } from './figures';

/* What an archive says of VMs: XenServer's ova.xml. Records as they stand, every reference replaced by a name that holds within the archive. */

export const EXPORT_VERSION = 2;

export interface DescribedVms {
  ova: XmlValue;
  /** The disks whose content follows, in the order that they have to come in. */
  disks: readonly { id: string; vdi: Ref<'VDI'> }[];
}

/** @param figuresOf what was measured of the first of them, which the others are snapshots of */
export const describeVms = (reader: Reader, vms: readonly Ref<'VM'>[], figuresOf?: (vm: Ref<'VM'>) => string | undefined): DescribedVms => {
  const names = new Map<string, string>(), objects: { cls: ClassName; ref: string }[] = [];
  const add = (cls: ClassName, ref: string): void => {
    if (isNull(ref) || names.has(ref) || !reader.find(cls, ref)) return;
    names.set(ref, `Ref:${names.size}`);
    objects.push({ cls, ref });
  };
  const disks = new Set<Ref<'VDI'>>();
  for (const vm of vms) {
    const { VBDs, VIFs, VTPMs } = reader.get('VM', vm);
    add('VM', vm);
    for (const ref of VBDs) {
      const { VDI: vdi, type } = reader.get('VBD', ref);
      add('VBD', ref);
      add('VDI', vdi);
      add('SR', reader.find('VDI', vdi)?.SR ?? '');
      if (type === 'Disk' && !isNull(vdi)) disks.add(vdi);
    }
    for (const ref of VIFs) { add('VIF', ref); add('network', reader.get('VIF', ref).network); }
    for (const ref of VTPMs) add('VTPM', ref);
  }
  const [first = ''] = vms, figures = first === '' ? undefined : figuresOf?.(first);
  return {
    ova: { version: versionOf(reader), objects: [
      ...objects.map(({ cls, ref }) => ({ class: cls, id: names.get(ref) ?? '', snapshot: recordXml(reader, cls, ref, names) })),
      ...(figures === undefined ? [] : [describeFigures(`Ref:${names.size}`, names.get(first) ?? '', figures)]),
    ] },
    disks: [...disks].map(vdi => ({ id: names.get(vdi) ?? '', vdi })).sort((a, b) => (a.id < b.id ? -1 : 1)), // as text: Ref:10 comes before Ref:9
  };
};

const versionOf = (reader: Reader): XmlValue => {
  const host = reader.get('host', theHost(reader)), { software_version: software } = host;
  return {
    hostname: host.hostname, date: software['date'] ?? '', product_version: software['product_version'] ?? '', product_brand: software['product_brand'] ?? '', build_number: software['build_number'] ?? '',
    xapi_major: String(host.API_version_major), xapi_minor: String(host.API_version_minor), export_vsn: String(EXPORT_VERSION),
  };
};

/** What is being done to it at this moment is nobody's later; and an archive of what nobody has changed is the same bytes again, so that a download can go on. */
const PASSING = { current_operations: {}, allowed_operations: [], physical_utilisation: 0, virtual_allocation: 0 } as const;

const recordXml = (reader: Reader, cls: ClassName, ref: string, names: ReadonlyMap<string, string>): XmlValue => {
  const record = { ...reader.get(cls, ref), ...PASSING, ...(cls === 'VM' ? { power_state: 'Halted', domid: -1 } satisfies Partial<Records['VM']> : {}) } as Readonly<Record<string, unknown>>;
  return Object.fromEntries(CLASSES[cls].fields.map(({ name, type }) => [name, toXml(parseType(type), record[name], names)]));
};

const toXml = (type: Type, value: unknown, names: ReadonlyMap<string, string>): XmlValue => {
  switch (type.t) {
    case 'ref': return names.get(value as string) ?? NULL_REF;
    case 'bool': return value === true;
    case 'float': return typeof value === 'number' ? value : 0;
    case 'datetime': return new XmlDate(String(value));
    // What is not in the archive is no part of it: who else is on that network or repository.
    case 'set': return (value as readonly unknown[]).filter(one => type.of.t !== 'ref' || names.has(one as string)).map(one => toXml(type.of, one, names));
    case 'map': return Object.fromEntries(Object.entries(value as object).map(([key, one]) => [key, toXml(type.value, one, names)]));
    case 'string': case 'int': case 'enum': return typeof value === 'number' ? String(value) : value as string;
    case 'record': case 'struct': case 'option': case 'any': case 'void': return '';
  }
};
