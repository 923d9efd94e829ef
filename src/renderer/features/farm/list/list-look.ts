import { useMemo } from 'react';
import { useKept } from '../../../ui/kept';
import { SHOWN_AT_FIRST } from './vm-columns';

/** How a list is wanted, kept for each view. Widths are in CSS pixels. */
export interface ListLook { columns: readonly string[]; widths: Readonly<Record<string, number>>; group: string }
const FIRST: ListLook = { columns: SHOWN_AT_FIRST, widths: {}, group: 'none' };

const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(each => typeof each === 'string');
/** What was kept by another release, or by nobody, is as if never kept. */
export const readLook = (text: string): ListLook => {
  try {
    const { columns, widths, group } = JSON.parse(text) as Partial<Record<keyof ListLook, unknown>>;
    const kept = typeof widths === 'object' && widths !== null ? Object.entries(widths).filter((entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] > 0) : [];
    return { columns: isTexts(columns) ? columns : FIRST.columns, widths: Object.fromEntries(kept), group: typeof group === 'string' ? group : FIRST.group };
  } catch { return FIRST; }
};
export const useListLook = (view: string): [ListLook, (change: Partial<ListLook>) => void] => {
  const [text, keep] = useKept<string>(`list ${view}`, '');
  const look = useMemo(() => (text === '' ? FIRST : readLook(text)), [text]);
  return [look, change => { keep(JSON.stringify({ ...look, ...change })); }];
};
