/* What a key does in a tree, after the ARIA authoring practices. Pure: rows in, the next place out. */

export interface TreeRow {
  id: string;
  /** From 1. */
  level: number;
  /** Place among its siblings, from 1, and how many there are. */
  position: number;
  siblings: number;
  /** Undefined: nothing to expand. */
  expanded?: boolean;
}
export type TreeMove = { to: string } | { expand: string } | { collapse: string } | { activate: string } | { menu: string } | undefined;

export interface KeyPress { key: string; shiftKey: boolean; ctrlKey: boolean; altKey: boolean; metaKey: boolean }

export const treeMove = (rows: readonly TreeRow[], current: string | undefined, press: KeyPress, pageRows: number): TreeMove => {
  if (press.ctrlKey || press.altKey || press.metaKey || rows.length === 0) return undefined;
  const at = rows.findIndex(row => row.id === current);
  const row = rows[at];
  const go = (index: number): TreeMove => {
    const target = rows[Math.min(Math.max(index, 0), rows.length - 1)];
    return target && { to: target.id };
  };
  switch (press.key) {
    case 'ArrowDown': return go(at + 1);
    case 'ArrowUp': return go(at < 0 ? 0 : at - 1);
    case 'Home': return go(0);
    case 'End': return go(rows.length - 1);
    case 'PageDown': return go(at + pageRows);
    case 'PageUp': return go(at - pageRows);
    case 'ArrowRight':
      if (row?.expanded === false) return { expand: row.id };
      return row?.expanded && (rows[at + 1]?.level ?? 0) > row.level ? go(at + 1) : undefined;
    case 'ArrowLeft':
      if (row?.expanded) return { collapse: row.id };
      return row && row.level > 1 ? go(rows.findLastIndex((other, i) => i < at && other.level < row.level)) : undefined;
    case 'Enter': return row && { activate: row.id };
    case 'ContextMenu': return row && { menu: row.id };
    case 'F10': return row && press.shiftKey ? { menu: row.id } : undefined;
    default: return undefined;
  }
};

export const TYPE_AHEAD_PAUSE_MS = 700;
/** Letters typed in quick succession are one word; a repeated single letter goes on to the next match. */
export const typeAhead = (rows: readonly TreeRow[], textOf: (id: string) => string, current: string | undefined, typed: string): string | undefined => {
  const word = typed.toLowerCase();
  const at = rows.findIndex(row => row.id === current);
  const repeated = word.length > 1 && [...word].every(letter => letter === word[0]);
  const wanted = repeated ? word.slice(0, 1) : word;
  const first = wanted.length === 1 ? at + 1 : at;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[(Math.max(first, 0) + i) % rows.length];
    if (row && textOf(row.id).toLowerCase().startsWith(wanted)) return row.id;
  }
  return undefined;
};
