import { deflateSync, inflateSync } from 'node:zlib';
import { isNull, type Ref } from '../../../shared/api';
import type { XmlValue } from '../../../shared/lib/xml-value';
import { RrdError } from '../../metrics/contract';
import type { Desk } from '../desk';
import { messageOf } from '../failure';

/* The year of figures that a VM has goes with it in its archive: an object of the description, of a class that only this host knows, since XenServer has no place
 * for them. xapi goes through the objects class by class and never looks at one of another class; a member of the tar would break its import off, or be left in the socket. */

export const FIGURES_CLASS = 'VM_rrd';
const DOCUMENT_MAX_BYTES = 64 * 1024 * 1024, TEXT_MAX_CHARS = 8 * 1024 * 1024;

/** A snapshot is taken of a VM that goes on: those of the VM. */
export const figuresOf = (desk: Desk) => (vm: Ref<'VM'>): string | undefined => {
  const { uuid, is_a_snapshot, snapshot_of: of } = desk.store.get('VM', vm), owner = is_a_snapshot && !isNull(of) ? desk.store.find('VM', of)?.uuid ?? uuid : uuid;
  try {
    const document = desk.metrics.exportRrd({ kind: 'vm', uuid: owner }), text = document === undefined ? undefined : deflateSync(document).toString('base64');
    return text === undefined || text.length <= TEXT_MAX_CHARS ? text : undefined;
  } catch (error) {
    desk.log.warn('the figures of a VM do not go with it', { uuid: owner, why: messageOf(error) });
    return undefined;
  }
};

export const describeFigures = (id: string, vm: string, document: string): XmlValue => ({ class: FIGURES_CLASS, id, snapshot: { VM: vm, document } });

/** Of whom, by the archive's names. */
export const readFigures = ({ VM: vm, document }: Readonly<Record<string, unknown>>): readonly [vm: string, document: string] | undefined =>
  (typeof vm === 'string' && typeof document === 'string' && document.length <= TEXT_MAX_CHARS ? [vm, document] : undefined);

/** For a VM that is here by now. None fails for it: who brings a VM wants the VM. */
export const takeFigures = (desk: Desk, vm: Ref<'VM'>, document: string): void => {
  const { uuid } = desk.store.get('VM', vm);
  try { desk.metrics.importRrd({ kind: 'vm', uuid }, inflateSync(Buffer.from(document, 'base64'), { maxOutputLength: DOCUMENT_MAX_BYTES }).toString('utf8')); } catch (error) {
    desk.log.warn('the figures of an imported VM cannot be used', { uuid, why: error instanceof RrdError ? error.message : messageOf(error) });
  }
};
