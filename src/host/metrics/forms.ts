/* What is kept of every source, as XenServer keeps it: values of 5 s, and what they are consolidated to. */

export type Consolidation = 'AVERAGE' | 'MIN' | 'MAX';
/** One archive: so many rows, each of so many 5 s values (primary data points, PDPs), consolidated in these ways. */
export interface Form { readonly pdpsPerRow: number; readonly rows: number; readonly kinds: readonly Consolidation[] }

export const STEP_SECONDS = 5;
/** Readings that are farther apart say nothing about the time between them. */
export const HEARTBEAT_SECONDS = 300;
/** A row of which a larger part is unknown is unknown. */
export const UNKNOWN_PART_MAX = 0.5;

/** 10 minutes, 2 hours, a week, a year. */
const LENGTHS: readonly (readonly [pdpsPerRow: number, rows: number])[] = [[1, 120], [12, 120], [720, 168], [17280, 366]];

export const formsOf = (minMax: boolean): readonly Form[] =>
  LENGTHS.map(([pdpsPerRow, rows]) => ({ pdpsPerRow, rows, kinds: minMax && pdpsPerRow > 1 ? ['AVERAGE', 'MIN', 'MAX'] : ['AVERAGE'] }));

export const secondsPerRow = (form: Form): number => form.pdpsPerRow * STEP_SECONDS;
export const formsEqual = (a: readonly Form[], b: readonly Form[]): boolean => JSON.stringify(a) === JSON.stringify(b);
