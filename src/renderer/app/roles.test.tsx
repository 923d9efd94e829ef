import { act, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { put, refOf } from '../../../tests/renderer/demo-records';
import { demoScreen, type DemoScreen } from '../../../tests/renderer/demo-screen';
import { PERMISSIONS as OF_THE_HOST, permissionsOf } from '../../host/operations/session/permissions';
import { ROLES } from '../../host/operations/session/roles';
import { must } from '../../shared/lib/assert';
import { HostUsers } from '../features/host/users/HostUsers';
import { VmConsole } from '../features/vm/console/VmConsole';
import type { Target } from '../parts/actions/action';
import { ownRole, PERMISSIONS, whyNotMay } from '../parts/session/may';
import { Toolbar } from './shell/Toolbar';
import { menuFor } from './actions-for';

let demo: DemoScreen;
beforeEach(async () => { demo = await demoScreen(); });
afterEach(() => { demo.dispose(); });

const at = (cls: Target['cls'], name: string): Target => ({ session: demo.session, cls, ref: cls === 'session' ? demo.session.id : refOf(cls, name) });
/** What the menu of an object offers, by the ids of its actions. */
const offered = (target: Target): string[] => menuFor({} as never, [target]).flat().filter(action => action.whyNot([target]) === undefined).map(({ id }) => id);
const whyNot = (target: Target, id: string): string | undefined => must(menuFor({} as never, [target]).flat().find(action => action.id === id), id).whyNot([target]);
/** What `role` lacks of what root has. */
const lacks = (target: Target, role: string): string[] => {
  demo.bridge.grant(demo.session.id, undefined);
  const all = offered(target);
  demo.bridge.grant(demo.session.id, permissionsOf(role));
  const left = new Set(offered(target));
  return all.filter(id => !left.has(id));
};

describe('the role of whoever is logged in', () => {
  it('is asked for by names that the host knows', () => {
    expect(PERMISSIONS.filter(name => !OF_THE_HOST.has(name.toLowerCase()))).toEqual([]);
  });
  it('is known by what it may', () => {
    for (const { name } of ROLES) { demo.bridge.grant(demo.session.id, permissionsOf(name)); expect(ownRole(demo.session)).toBe(name); }
  });
  it('leaves out of the menu of a VM what it may not, each role less than the next', () => {
    const making = ['vm.clone', 'vm.copy', 'vm.make-template', 'vm.export', 'vm.delete'], snapshots = ['vm.snapshot'], power = ['vm.start'];
    const off = at('VM', 'mail'), gone = (role: string): string[] => lacks(off, role).filter(id => [...making, ...snapshots, ...power].includes(id)).sort();
    expect(gone('pool-admin')).toEqual([]);
    expect(gone('vm-power-admin')).toEqual([]);
    expect(gone('vm-admin')).toEqual(snapshots);
    expect(gone('vm-operator')).toEqual([...making, ...snapshots].sort());
    expect(gone('read-only')).toEqual([...making, ...snapshots, ...power].sort());
    expect(offered(off)).toEqual([]);
    expect(whyNot(off, 'vm.delete')).toBe('Your role, read only, may not delete VMs.');
    demo.bridge.grant(demo.session.id, permissionsOf('vm-operator'));
    expect(whyNot(off, 'vm.delete')).toBe('Your role, VM operator, may not delete VMs.');
    expect(whyNot(at('VM', 'Tiny Linux 1'), 'vm.start')).toBe('Only for a VM that is halted.'); // its role is enough, so it is told what is
  });
  it('leaves storage, networks and hosts to operators of the pool', () => {
    expect(lacks(at('SR', 'local'), 'pool-operator')).toEqual([]);
    expect(lacks(at('SR', 'local'), 'vm-power-admin')).not.toContain('sr.rescan');
    expect(lacks(at('SR', 'local'), 'vm-admin')).toContain('sr.rescan');
    expect(whyNot(at('SR', 'local'), 'sr.new')).toBe('Your role, VM administrator, may not add storage.');
    expect(lacks(at('host', 'host'), 'vm-operator')).toEqual(expect.arrayContaining(['vm.new', 'vm.import', 'network.new']));
  });
  it('changes while somebody looks, and is no matter when nobody is there', () => {
    demo.bridge.grant(demo.session.id, permissionsOf('read-only'));
    demo.show(<Toolbar selection={[at('VM', 'mail')]} narrow={false} />);
    const button = (): HTMLElement => screen.getByRole('button', { name: /^Start\b/ });
    expect(button().getAttribute('aria-disabled')).toBe('true');
    expect(button().title).toBe('Your role, read only, may not start VMs.');
    act(() => { demo.bridge.grant(demo.session.id, permissionsOf('vm-operator')); });
    expect(button().getAttribute('aria-disabled')).toBeNull();
    act(() => { demo.bridge.grant(demo.session.id, permissionsOf('read-only')); });
    act(() => { demo.bridge.become(demo.session.id, { at: 'lost', since: 0, reason: 'closed', attempt: 1, nextTryAt: 0 }); });
    expect(whyNotMay(demo.session, 'VM.start')).toBe('The connection to 192.0.2.7 is lost.');
  });
  it('is no matter of roles what the highest lacks: that host does not know it', () => {
    demo.bridge.grant(demo.session.id, permissionsOf('pool-admin'));
    const { permissions = [] } = demo.session.view.get();
    demo.bridge.announce('session.state', { ...demo.session.view.get(), permissions: permissions.filter(name => name !== 'vtpm.create') });
    expect(whyNotMay(demo.session, 'VTPM.create')).toBeUndefined();
  });
  it('decides on the tabs, too: users, and consoles', () => {
    demo.bridge.host.change('host', refOf('host', 'host'), { API_version_vendor: 'Administrator Console' });
    put(demo.bridge.host.world, 'subject', 'anna', { subject_identifier: 'local-1', other_config: { 'subject-name': 'anna' } });
    demo.bridge.grant(demo.session.id, permissionsOf('pool-operator'));
    demo.show(<HostUsers />);
    expect(screen.getByRole('button', { name: /Add a user/ }).getAttribute('aria-disabled')).toBe('true');
    act(() => { demo.bridge.grant(demo.session.id, permissionsOf('read-only')); });
    demo.show(<VmConsole vm={must(demo.session.records.get('VM', refOf('VM', 'Tiny Linux 1')), 'vm')} of={refOf('VM', 'Tiny Linux 1')} />);
    expect(screen.getByText('Your role, read only, may not use consoles.')).toBeTruthy();
  });
});
