/* A line of the audit log as a person reads it. */

export interface Line { id: string; time: string; user: string; from: string; call: string; about: string; result: string }
interface Told { seq?: number; time?: string; user?: string; from?: string; call?: string; phase?: string; why?: string; args?: Readonly<Record<string, unknown>>; result?: 'ok' | readonly string[] }

/** The newest first. */
export const linesOf = (texts: readonly string[]): readonly Line[] => texts.map((text, index): Line => {
  const told = parse(text);
  if (!told) return { id: `cut ${index}`, time: '', user: '', from: '', call: 'A line that was cut short', about: text.slice(0, 200), result: '' };
  const { seq = 0, time = '', user = '', from = '', call = '', args = {}, why } = told;
  return { id: String(seq), time: time === '' ? '' : new Date(time).toLocaleString(), user, from, call, about: why ?? Object.entries(args).map(([name, value]) => `${name}: ${valueText(value)}`).join(', '), result: resultText(told) };
}).reverse();

const parse = (text: string): Told | undefined => {
  try { const value: unknown = JSON.parse(text); return typeof value === 'object' && value !== null ? value : undefined; } catch { return undefined; }
};

/** What is told with uuid and name is known by its name. */
const valueText = (value: unknown): string => {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  const { uuid, name } = value as { uuid?: unknown; name?: unknown };
  return typeof name === 'string' && typeof uuid === 'string' ? `“${name}”` : typeof uuid === 'string' ? uuid : JSON.stringify(value);
};

const resultText = ({ phase, result }: Told): string => {
  if (phase === 'begun') return 'begun';
  return result === undefined ? '' : result === 'ok' ? 'done' : `refused: ${result.join(' ')}`;
};
