/* The body of an ALARM: the value, and the variable of other_config:perfmon that it broke. */
import { durationText } from '../../ui/text';
import { type Variable, VARIABLES } from './perfmon';

export interface Alarm { variable: string; text: string }
const digits = (value: number): string => String(Number(value.toPrecision(3)));

/** Undefined: the body is another one. */
export const readAlarm = (body: string): Alarm | undefined => {
  const value = Number(/^value: *(\S+)/m.exec(body)?.[1] ?? Number.NaN);
  const of = (tag: string): string | undefined => new RegExp(`<${tag} value="([^"]*)"`).exec(body)?.[1];
  const variable = of('name');
  if (variable === undefined || Number.isNaN(value)) return undefined;
  const known: Variable | undefined = Object.values(VARIABLES).flat().find(each => each.name === variable);
  const shown = (level: number): string => (known ? `${digits(level / known.scale)} ${known.unit}` : digits(level));
  const level = of('alarm_trigger_level');
  const sense = of('alarm_trigger_sense') ?? known?.sense ?? 'high';
  const period = Number(of('alarm_trigger_period') ?? 60);
  return { variable, text: `${known?.title ?? variable} was ${shown(value)}${level === undefined ? '' : `; the limit is ${sense === 'low' ? 'below' : 'above'} ${shown(Number(level))} for ${durationText(period * 1000)}`}.` };
};
