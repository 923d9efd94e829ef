import { expect, it } from 'vitest';
import { otherVersions } from './host-words';

const host = (software_version: Record<string, string>) => ({ software_version, other_config: {}, capabilities: [] });

it('names what a host says of its software, in an order, and shows no key of a map', () => {
  expect(otherVersions(host({ engine: 'qemu', product_brand: 'Ours', xapi: '1.20', hostname: 'red', date: '20261129', product_version: '8.4.0', build_number: '0.1.0', empty: '' }))).toEqual([
    ['Host name', 'red'], ['Compatible with', 'XenServer 8.4.0'], ['Build', '0.1.0'], ['XAPI', '1.20']]);
});
it('takes the version of a XenServer for its own, and what it does not know as it comes', () => {
  expect(otherVersions(host({ xen: '4.17', product_version: '8.2.1', date: '20230517', some_new_key: 'x' }))).toEqual([['Product version', '8.2.1'], ['Built on', '2023-05-17'], ['Some new key', 'x']]);
});
