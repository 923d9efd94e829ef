import { describe, expect, it } from 'vitest';
import { parsePerfmon, type Variable } from './perfmon';
import { judge, newWatch, type Verdict } from './watch';

/** Each value lasts so long; answers when what was said. */
const play = (more: string, looks: readonly (readonly [seconds: number, value: number])[]): string[] => {
  const variable: Variable = parsePerfmon(`<config><variable><name value="x"/><alarm_trigger_level value="10"/>${more}</variable></config>`, 'vm')[0]!, watch = newWatch(), said: string[] = [];
  let now = 0;
  for (const [seconds, value] of looks) {
    for (let i = 0; i < seconds; i += 5) {
      now += 5000;
      const verdict: Verdict = judge(watch, variable, value, 5000, now);
      if (verdict) said.push(`${verdict} ${now / 1000} ${watch.value}`);
    }
  }
  return said;
};

describe('a variable over time', () => {
  it('is an alarm when it has been bad for the whole period, told again only after the inhibit period', () => {
    expect(play('<alarm_trigger_period value="120"/><alarm_auto_inhibit_period value="600"/>', [[60, 5], [60, 11], [60, 5], [1500, 11]])).toEqual(['alarm 300 11', 'alarm 900 11', 'alarm 1500 11']);
  });
  it('is judged by minutes, not by single looks', () => {
    expect(play('', [[5, 100], [55, 1], [60, 1]])).toEqual([]); // 9.25 on average
    expect(play('', [[10, 100], [50, 1]])).toEqual(['alarm 60 17.5']);
  });
  it('is judged as a whole when its period is shorter', () => {
    expect(play('<alarm_trigger_period value="15"/>', [[10, 50], [5, 1]])).toHaveLength(1);
    expect(play('<alarm_trigger_period value="0"/>', [[5, 50]])).toEqual(['alarm 5 50']);
  });
  it('ends when it has been well for the whole period, beyond the clear level', () => {
    const more = '<alarm_trigger_period value="120"/><alarm_clear_level value="8"/>';
    expect(play(more, [[120, 11], [600, 9], [60, 7], [60, 9], [120, 7], [600, 7]])).toEqual(['alarm 120 11', 'clear 960 7']);
  });
  it('does not flap: neither alarm nor end within the inhibit period', () => {
    expect(play('', [[60, 11], [60, 9], [60, 11], [60, 9], [60, 11]])).toEqual(['alarm 60 11', 'clear 120 9', 'clear 240 9']);
  });
  it('is not judged while it is not known', () => {
    expect(play('<alarm_trigger_sense value="low"/>', [[55, 1], [600, NaN], [5, 1]])).toEqual(['alarm 660 1']);
    expect(play('', [[600, Infinity]])).toEqual([]);
  });
});
