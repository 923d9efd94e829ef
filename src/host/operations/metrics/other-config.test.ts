import { expect, it } from 'vitest';
import { makeBench } from '../../../../tests/fixtures/desk';
import { theHost } from '../vm/power';
import { assertOtherConfig } from './other-config';
import { MIN_MAX, wantsMinMax } from './subjects';

it('the host keeps minimum and maximum when its other_config says so; what says neither is refused', async () => {
  const { desk, store } = await makeBench(), host = theHost(store), before = store.get('host', host).other_config;
  const set = (value: string): boolean => {
    const after = { ...before, [MIN_MAX]: value };
    assertOtherConfig('host', before, after);
    store.transaction(tx => { tx.set('host', host, { other_config: after }); });
    return wantsMinMax(desk);
  };
  expect([wantsMinMax(desk), set('true'), set('false')]).toEqual([false, true, false]);
  let refusal: unknown;
  try { set('yes'); } catch (error) { refusal = error; }
  expect(refusal).toMatchObject({ code: 'INVALID_VALUE', params: [`other_config:${MIN_MAX}`, 'true or false'] });
});
