/** XenAPI's datetime: `20261122T17:00:00Z`. */
export const datetime = (milliseconds: number): string => new Date(milliseconds).toISOString().replaceAll('-', '').replace(/\.\d+Z$/, 'Z');
/** Back to milliseconds since the epoch. */
export const milliseconds = (text: string): number => Date.parse(text.replace(/^(\d{4})(\d{2})(\d{2})T/, '$1-$2-$3T'));
