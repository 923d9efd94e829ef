import type { MetricsClass } from '../../api';

/** Whose figures are shown. */
export interface Subject { cls: MetricsClass; ref: string; uuid: string; name: string; /** Its snapshots are drawn on the charts. */ snapshots?: readonly string[]; /** Why it makes no figures now, such as a VM that is off. */ idle?: string }
