import type { Type } from '../../shared/api';

/* A long answer is written while it is sent, piece by piece, as fast as its reader takes it. Records are immutable, so the
 * pieces tell what was true when the call was answered, however slowly they leave; and whoever asks for everything, or
 * many who do, cost the memory of a few pieces each. */

export const LONG_ITEMS = 200;
export const PIECE_MIN_CHARS = 256 * 1024;

/** Can be gone through more than once, and says the same each time. */
export type Pieces = Iterable<string>;

/** Whether there are many records, or events, in it. */
export const isLong = (type: Type, value: unknown): boolean => {
  switch (type.t) {
    case 'set': return type.of.t === 'record' && (value as readonly unknown[]).length > LONG_ITEMS;
    case 'map': return type.value.t === 'record' && Object.keys(value as object).length > LONG_ITEMS;
    case 'struct': return type.fields.some(([name, of]) => isLong(of, (value as Readonly<Record<string, unknown>>)[name]));
    default: return false;
  }
};

/** Joins small parts; never between the two halves of a character. */
export const inPieces = (head: string, parts: () => Iterable<string>, tail: string): Pieces => ({
  *[Symbol.iterator]() {
    let piece = head;
    for (const part of parts()) {
      piece += part;
      if (piece.length >= PIECE_MIN_CHARS) { yield piece; piece = ''; }
    }
    yield piece + tail;
  },
});
