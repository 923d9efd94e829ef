import { CallFailed, type Session } from '../../../../api';
import { firstHost } from '../../../../parts/host/plugin';
import { bytesText } from '../../../../ui/text';
import type { Ref } from '../../../../../shared/api';

/* What a host finds at a place (SR.probe_ext). Nothing is changed by looking. */

export interface Found {
  config: Readonly<Record<string, string>>;
  label: string;
  /** Enough to make a repository of it; else the next look goes on from here. */
  complete: boolean;
  /** A repository that is there already: attaching it again keeps what is on it. */
  sr: { uuid: string; name: string } | undefined;
}

/** Answers of hosts that cannot look: going on by hand is all there is. */
const CANNOT_LOOK: ReadonlySet<string> = new Set(['MESSAGE_METHOD_UNKNOWN', 'NOT_IMPLEMENTED', 'UNIMPLEMENTED_IN_SM_BACKEND', 'SR_OPERATION_NOT_SUPPORTED']);

/** Undefined: this host cannot look there. */
export const probe = async (session: Session, type: string, config: Readonly<Record<string, string>>): Promise<Found[] | undefined> => {
  try {
    return (await session.call('SR.probe_ext', firstHost(session) as Ref<'host'>, config, type, {})).map(readFound);
  } catch (error) {
    if (error instanceof CallFailed && error.failure.kind === 'refused' && CANNOT_LOOK.has(error.failure.code)) return undefined;
    throw error;
  }
};

/** xapi's probe_result; what a host leaves out or writes in its own way is taken as it comes. */
export const readFound = (answer: unknown): Found => {
  const { configuration, complete, sr, extra_info } = struct(answer);
  const config = texts(configuration);
  const stat = struct(optional(sr));
  const uuid = text(optional(stat['uuid']));
  const info = texts(extra_info);
  const name = text(stat['name_label']);
  const total = Number(stat['total_space'] ?? 0);
  const space = total > 0 ? `, ${bytesText(Number(stat['free_space'] ?? 0))} free of ${bytesText(total)}` : '';
  const place = info['label'] ?? info['description'] ?? (Object.values(config).join(', ') || 'this place');
  return { config, complete: complete === true, label: uuid === '' ? place : `${name || 'A repository'} (${place})${space}`, sr: uuid === '' ? undefined : { uuid, name } };
};

const struct = (value: unknown): Readonly<Record<string, unknown>> => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : {});
/** An option, as a value, as null, or as a list of none or one. */
const optional = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const texts = (value: unknown): Record<string, string> => Object.fromEntries(Object.entries(struct(value)).flatMap(([key, each]) => (typeof each === 'string' ? [[key, each]] : [])));
