import { describe, expect, it, vi } from 'vitest';
import type { ConsoleListener } from '../../../api';
import { must } from '../../../../shared/lib/assert';
import { LeaveKeys } from './leave-keys';
import { RfbChannel } from './rfb-channel';

const type = (keys: LeaveKeys, ...codes: string[]): boolean => codes.map(code => (code.startsWith('-') ? keys.release(code.slice(1)) : (keys.press(code), false))).includes(true);

describe('LeaveKeys', () => {
  it.each([
    [['ControlLeft', 'AltLeft', '-AltLeft', '-ControlLeft'], true], [['AltRight', 'ControlRight', '-ControlRight', '-AltRight'], true],
    [['ControlLeft', 'AltLeft', 'Delete', '-Delete', '-AltLeft', '-ControlLeft'], false], [['ControlLeft', '-ControlLeft'], false], [['KeyA', '-KeyA'], false],
    [['ControlLeft', 'AltLeft', 'F1', '-AltLeft', '-ControlLeft', '-F1'], false],
  ])('%j leaves: %s', (codes, leaves) => { expect(type(new LeaveKeys(), ...codes)).toBe(leaves); });

  it('works again after another combination', () => {
    const keys = new LeaveKeys();
    expect(type(keys, 'ControlLeft', 'KeyC', '-KeyC', '-ControlLeft')).toBe(false);
    expect(type(keys, 'ControlLeft', 'AltLeft', '-ControlLeft', '-AltLeft')).toBe(true);
  });
});

describe('RfbChannel', () => {
  const make = () => {
    let listener: ConsoleListener | undefined;
    const stream = { listen: (given: ConsoleListener) => { listener = given; }, write: vi.fn(), ack: vi.fn(), dispose: vi.fn() };
    const channel = new RfbChannel(stream);
    channel.begin();
    return { stream, channel, listener: must(listener, 'listener') };
  };

  it('hands bytes on as a WebSocket does, then acknowledges them', () => {
    const { channel, stream, listener } = make();
    const heard: number[][] = [];
    channel.onmessage = ({ data }) => heard.push([...new Uint8Array(data)]);
    listener.onData(new Uint8Array([9, 1, 2, 9]).subarray(1, 3));
    expect(heard).toEqual([[1, 2]]);
    expect(stream.ack).toHaveBeenCalledWith(2);
  });

  it('sends a copy, for noVNC uses its buffer again', () => {
    const { channel, stream } = make();
    const buffer = new Uint8Array([1, 2]);
    channel.send(buffer);
    buffer.fill(0);
    expect(stream.write.mock.calls[0]?.[0]).toEqual(new Uint8Array([1, 2]));
  });

  it('closes once, later, from either side', async () => {
    const { channel, stream, listener } = make();
    const closed = vi.fn();
    channel.onclose = closed;
    channel.close();
    expect(closed).not.toHaveBeenCalled();
    await Promise.resolve();
    listener.onClosed('closed');
    channel.send(new Uint8Array([1]));
    expect(closed).toHaveBeenCalledOnce();
    expect(stream.dispose).toHaveBeenCalledOnce();
    expect(stream.write).not.toHaveBeenCalled();
  });
});
