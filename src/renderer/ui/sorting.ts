import { useState } from 'react';

export interface Sort { column: string; descending: boolean }
const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** The order of a table's rows, as a person wants it; undefined: as they come. What is unknown stands last either way. */
export const useSort = (initial?: Sort): { sort: Sort | undefined; onSort: (column: string, descendsFirst: boolean) => void } => {
  const [sort, setSort] = useState(initial);
  return { sort, onSort: (column, descendsFirst) => { setSort(before => (before?.column !== column ? { column, descending: descendsFirst } : { column, descending: !before.descending })); } };
};

export const sorted = (rows: readonly string[], sort: Sort | undefined, valueOf: (row: string, column: string) => number | string): readonly string[] => {
  if (!sort) return rows;
  const sign = sort.descending ? -1 : 1;
  const isUnknown = (value: number | string): boolean => typeof value === 'number' && Number.isNaN(value);
  return rows.map((row, i) => ({ row, i, value: valueOf(row, sort.column) })).sort((a, b) => {
    if (isUnknown(a.value) || isUnknown(b.value)) return Number(isUnknown(a.value)) - Number(isUnknown(b.value)) || a.i - b.i;
    const order = typeof a.value === 'number' && typeof b.value === 'number' ? a.value - b.value : collator.compare(String(a.value), String(b.value));
    return order * sign || a.i - b.i;
  }).map(({ row }) => row);
};
