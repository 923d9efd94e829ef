import type { Ref } from '../../../shared/api';
import type { About, Session, TaskOutcome } from '../../api';
import { HOSTS, POOLS } from '../lists';

/* What only our own hosts can do, by host.call_plugin. Hosts of others do not have it, and are not asked. */

const PLUGIN = 'administrator-console';
const VENDOR = 'Administrator Console';
export const NOT_OURS = 'Only hosts of Administrator Console can do this.';

/** The host that speaks for the pool. */
export const firstHost = ({ records }: Session): Ref<'host'> | undefined => {
  const hosts = records.index(HOSTS).refs;
  const master = records.get('pool', records.index(POOLS).refs[0] ?? '')?.master;
  return (hosts.find(ref => ref === master) ?? hosts[0]) as Ref<'host'> | undefined;
};

export const hasPlugin = (session: Session): boolean => session.records.get('host', firstHost(session) ?? '')?.API_version_vendor === VENDOR;

export const callPlugin = (session: Session, fn: string, args: Readonly<Record<string, string>> = {}, host = firstHost(session)): Promise<string> =>
  session.call('host.call_plugin', host as Ref<'host'>, PLUGIN, fn, args);

/** What a function answered, out of the XML that a task's result is. */
export const answerOf = (result: string): string => result.replace(/^<value>(?:<string>)?/, '').replace(/(?:<\/string>)?<\/value>$/, '').replace(/^\s*<value\s*\/>\s*$/, '')
  .replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', '\'').replaceAll('&#13;', '\r').replaceAll('&amp;', '&');

/** With progress, and to be cancelled; the answer is the task's result. */
export const runPlugin = (session: Session, about: About, signal: AbortSignal | undefined, fn: string, args: Readonly<Record<string, string>>): Promise<TaskOutcome> =>
  session.run(about, signal, 'Async.host.call_plugin', firstHost(session) as Ref<'host'>, PLUGIN, fn, args);
