/* The form of an explanation. Every error is told as: what happened, why, what to do next. */

export interface Words { title: string; detail: string; next: string }
/** Finds the name of the object behind a reference or uuid that an error carries. */
export type Look = (refOrUuid: string) => string | undefined;
export type Explain = (params: readonly string[], look: Look) => Words;

/** `“Tiny Linux 1”`, or what kind of thing it was. */
export const nameOf = (look: Look, ref: string | undefined, kind: string): string => {
  const name = ref === undefined ? undefined : look(ref);
  return name === undefined ? `the ${kind}` : `“${name}”`;
};
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
export const sentence = (text: string | undefined, otherwise: string): string => {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return otherwise;
  return /[.!?]$/.test(trimmed) ? capital(trimmed) : `${capital(trimmed)}.`;
};
