import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordOf, refOf } from '../../../../../../tests/renderer/demo-records';
import { demoScreen, type DemoScreen } from '../../../../../../tests/renderer/demo-screen';
import type { Ref } from '../../../../../shared/api';
import { useRecord } from '../../../../api';
import { figuresOf, figuresText, formOf, limitsOf, memoryProblems } from './memory';
import { VmMemory } from './VmMemory';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const MAIL = refOf('VM', 'mail');
const Memory = ({ of: ref }: { of: Ref<'VM'> }) => { const vm = useRecord('VM', ref); return vm ? <VmMemory vm={vm} of={ref} /> : null; };
const vm = recordOf('VM', { power_state: 'Running', memory_static_min: 256 * MIB, memory_dynamic_min: 512 * MIB, memory_dynamic_max: GIB, memory_static_max: 2 * GIB, memory_target: 800 * MIB });

describe('the limits', () => {
  it('must rise', () => {
    expect(memoryProblems(formOf(vm), vm, 16 * GIB)).toEqual({});
    expect(memoryProblems({ ...formOf(vm), dynamicMin: '2000' }, vm, 16 * GIB)).toEqual({ dynamicMax: 'Not below “least now”.' });
    expect(memoryProblems({ ...formOf(vm), dynamicMax: 'much' }, vm, 16 * GIB)).toEqual({ dynamicMax: 'A number of MiB.' });
    expect(memoryProblems({ ...formOf(vm), dynamicMax: '1500', staticMax: '4096' }, vm, GIB)).toEqual({ dynamicMax: 'The host has only 1 GiB.' });
  });
  it('that were not touched stay as they are to the byte', () => {
    const odd = { ...vm, memory_static_max: 2 * GIB + 4096 };
    expect(limitsOf({ ...formOf(odd), dynamicMin: '600' }, odd)).toEqual({ staticMin: 256 * MIB, dynamicMin: 600 * MIB, dynamicMax: GIB, staticMax: 2 * GIB + 4096 });
  });
});

it('the figures of the picture are read out too', () => {
  const guest = recordOf('VM_guest_metrics', { memory: { total: String(MIB), free: String(MIB / 4) } });
  const metrics = recordOf('VM_metrics', { memory_actual: 900 * MIB });
  expect(figuresText(figuresOf(vm, metrics, guest))).toBe('768 MiB used inside, 900 MiB held now, target 800 MiB, between 512 MiB and 1 GiB, at most 2 GiB');
  expect(figuresText(figuresOf({ ...vm, power_state: 'Halted', memory_dynamic_min: GIB }, metrics, guest))).toBe('fixed at 1 GiB, at most 2 GiB');
});

describe('Memory', () => {
  let demo: DemoScreen;
  beforeEach(async () => { demo = await demoScreen(); });
  afterEach(() => { demo.dispose(); });
  const type = (label: string, text: string): void => { fireEvent.change(screen.getByLabelText(label), { target: { value: text } }); };
  const apply = (): void => { fireEvent.click(screen.getByRole('button', { name: 'Apply' })); };

  it('moves the balloon of a running VM, and leaves what only a halted one takes', async () => {
    demo.bridge.host.change('VM', MAIL, { power_state: 'Running', memory_static_max: 2 * GIB, memory_dynamic_max: GIB, memory_dynamic_min: GIB });
    demo.show(<Memory of={MAIL} />);
    expect(screen.getByLabelText<HTMLInputElement>('Most ever').disabled).toBe(true);
    type('Least now', '512');
    apply();
    await waitFor(() => { expect(demo.told).toEqual(['Changed the memory of “mail”']); });
    expect(demo.methods()).toEqual(['Async.VM.set_memory_dynamic_range']);
    expect(demo.argsOf('Async.VM.set_memory_dynamic_range')).toEqual([MAIL, 512 * MIB, GIB]);
  });

  it('sets all four of a halted one at once', async () => {
    demo.show(<Memory of={MAIL} />);
    type('Most ever', '4096');
    type('Most now', '4096');
    apply();
    await waitFor(() => { expect(demo.session.records.get('VM', MAIL)?.memory_static_max).toBe(4 * GIB); });
    expect(demo.methods()).toEqual(['Async.VM.set_memory_limits']);
  });

  it('keeps what was typed when the host refuses, and can put it back', async () => {
    demo.bridge.host.refused.set('VM.set_memory_limits', ['MEMORY_CONSTRAINT_VIOLATION_ORDER']);
    demo.show(<Memory of={MAIL} />);
    type('Most ever', '4096');
    apply();
    await screen.findByText('These memory limits do not fit together');
    expect(screen.getByLabelText<HTMLInputElement>('Most ever').value).toBe('4096');
    fireEvent.click(screen.getByRole('button', { name: 'Put back the limits' }));
    expect(screen.getByLabelText<HTMLInputElement>('Most ever').value).toBe('2048');
    expect(screen.queryByText('These memory limits do not fit together')).toBeNull();
  });

  it('shows what the host has free', () => {
    demo.show(<Memory of={MAIL} />);
    expect(screen.getByText('11.5 GiB of 16 GiB')).toBeTruthy();
  });
});
