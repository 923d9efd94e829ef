/** For what cannot be: names the case, so that the log says which. */
export const unreachable = (value: never): never => { throw new Error(`unreachable: ${JSON.stringify(value)}`); };

/** The value, or an error that names what was missing. */
export const must = <T>(value: T | undefined | null, what: string): T => {
  if (value === undefined || value === null) throw new Error(`missing: ${what}`);
  return value;
};
