/** XenAPI's `20261122T17:15:00Z` in milliseconds since the epoch; undefined for "never" and for what is no date. */
export const readDate = (text: string): number | undefined => {
  const parts = /^(\d{4})-?(\d\d)-?(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?Z$/.exec(text);
  if (!parts) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second) || undefined;
};
