/** The first of `base`, `base 2`, ... (or `base 1`, ... with `numbered`) that nobody has. */
export const freeName = (base: string, taken: ReadonlySet<string>, numbered: boolean): string => {
  if (!numbered && !taken.has(base)) return base;
  for (let number = numbered ? 1 : 2; ; number++) {
    const name = `${base} ${number}`;
    if (!taken.has(name)) return name;
  }
};
