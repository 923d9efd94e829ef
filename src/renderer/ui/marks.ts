/* Several rows marked as in any file manager. Pure: rows and what was marked in, what is marked out. */

/** What a marked row stands on: every text of ours can be read on it, in both themes. */
export const MARKED_GROUND = 'color-mix(in srgb, var(--mui-palette-primary-main) 18%, transparent)';

export interface Marks { /** Where the keyboard is. */ current: string | undefined; /** From where a range goes. */ anchor: string | undefined; marked: ReadonlySet<string> }
/** `only`: a plain click; `toggle`: with Ctrl; `range`: with Shift. */
export type MarkHow = 'only' | 'toggle' | 'range';

export const onlyMarked = (id: string | undefined): Marks => ({ current: id, anchor: id, marked: new Set(id === undefined ? [] : [id]) });
export const howOf = ({ ctrlKey, metaKey, shiftKey }: { ctrlKey: boolean; metaKey: boolean; shiftKey: boolean }): MarkHow => (shiftKey ? 'range' : ctrlKey || metaKey ? 'toggle' : 'only');

export const mark = (rows: readonly string[], before: Marks, id: string, how: MarkHow): Marks => {
  switch (how) {
    case 'only': return onlyMarked(id);
    case 'toggle': {
      const marked = new Set(before.marked);
      // Something is always chosen.
      if (!marked.delete(id)) marked.add(id); else if (marked.size === 0) marked.add(id);
      const current = marked.has(id) ? id : [...marked].at(-1);
      return { current, anchor: current, marked };
    }
    case 'range': {
      const from = rows.indexOf(before.anchor ?? id), to = rows.indexOf(id);
      if (from < 0 || to < 0) return onlyMarked(id);
      return { current: id, anchor: before.anchor ?? id, marked: new Set(rows.slice(Math.min(from, to), Math.max(from, to) + 1)) };
    }
  }
};
