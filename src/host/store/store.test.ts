import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Libsql from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EPOCH, NULL_REF, type ClassName, type Ref } from '../../shared/api';
import { CLASSES } from '../../shared/api/generated/model';
import { openStore, StoreError, type StoreOptions } from './store';
import type { Store } from './contract';

let folder: string, file: string;
const opened: Store[] = [];
beforeEach(() => { folder = fs.mkdtempSync(path.join(os.tmpdir(), 'store-')); file = path.join(folder, 'state.db'); });
afterEach(() => { for (const s of opened.splice(0)) s.dispose(); fs.rmSync(folder, { recursive: true }); });
const open = (options: Partial<StoreOptions> = {}): Store => { const s = openStore({ path: file, ...options }); opened.push(s); return s; };
const close = (s: Store): void => { opened.splice(opened.indexOf(s), 1); s.dispose(); };
const reopen = (s: Store, options: Partial<StoreOptions> = {}): Store => { close(s); return open(options); };
const everything = (): boolean => true;
const says = (s: Store, since: number): string[] | undefined => s.changesSince(since, everything)?.events.map(e => `${e.operation} ${e.class} ${e.ref}`);

describe('records', () => {
  it('fills in uuid, defaults and zeros in the order of the data model', () => {
    const s = open(), ref = s.transaction(tx => tx.create('VM', { name_label: 'a' })), vm = s.get('VM', ref);
    expect(Object.keys(vm)).toEqual(CLASSES.VM.fields.map(f => f.name));
    expect(vm).toMatchObject({ name_label: 'a', power_state: 'Halted', memory_static_max: 0, is_a_template: false, affinity: NULL_REF, tags: [], other_config: {}, snapshot_time: EPOCH, domain_type: 'unspecified' });
    expect(vm.uuid).toMatch(/^[0-9a-f-]{36}$/);
    expect(ref).toMatch(/^OpaqueRef:[0-9a-f-]{36}$/);
    expect(ref).not.toContain(vm.uuid);
    expect(s.byUuid('VM', vm.uuid)).toBe(ref);
  });
  it('makes a complete record of every class, with defaults that JSON keeps', () => {
    const s = open(), made = new Map<ClassName, Ref<ClassName>>();
    s.transaction(tx => { for (const cls of Object.keys(CLASSES) as ClassName[]) if (cls !== 'event') made.set(cls, tx.create(cls, {})); });
    for (const [cls, ref] of made) {
      const record = s.get(cls, ref);
      expect(Object.keys(record)).toEqual(CLASSES[cls].fields.map(f => f.name));
      expect(JSON.parse(JSON.stringify(record))).toEqual(record);
    }
  });
  it('keeps records immutable, and what a caller changes afterwards out', () => {
    const s = open(), config: Record<string, string> = { a: '1' };
    const ref = s.transaction(tx => tx.create('VM', { other_config: config })), before = s.get('VM', ref);
    config['a'] = '2';
    expect(before.other_config).toEqual({ a: '1' });
    expect(() => { (before as { name_label: string }).name_label = 'x'; }).toThrow(TypeError);
    expect(() => { (before.other_config as Record<string, string>)['b'] = 'x'; }).toThrow(TypeError);
    s.transaction(tx => tx.set('VM', ref, { name_label: 'b' }));
    expect(before.name_label).toBe('');
    expect(s.get('VM', ref).name_label).toBe('b');
  });
  it('answers XenAPI errors for what is not there, and refuses a uuid twice', () => {
    const s = open();
    expect(s.find('VM', 'OpaqueRef:x')).toBeUndefined();
    expect(() => s.get('VM', 'OpaqueRef:x')).toThrow('HANDLE_INVALID VM OpaqueRef:x');
    expect(() => s.byUuid('SR', 'x')).toThrow('UUID_INVALID SR x');
    const vm = s.transaction(tx => tx.create('VM', { uuid: 'same' }));
    expect(() => s.get('SR', vm)).toThrow('HANDLE_INVALID SR');
    expect(() => s.transaction(tx => tx.create('VM', { uuid: 'same' }))).toThrow('same');
  });
  it('is all or nothing', () => {
    const s = open(), ref = s.transaction(tx => tx.create('VM', { name_label: 'a' })), generation = s.generation;
    expect(() => s.transaction(tx => {
      tx.set('VM', ref, { name_label: 'b' });
      tx.create('SR', {});
      expect(tx.get('VM', ref).name_label).toBe('b');
      expect(s.get('VM', ref).name_label).toBe('a');
      throw new Error('no');
    })).toThrow('no');
    expect(s.get('VM', ref).name_label).toBe('a');
    expect(s.all('SR').size).toBe(0);
    expect(s.generation).toBe(generation);
    expect(() => s.transaction(() => s.transaction(() => {}))).toThrow('inside');
    expect(() => s.transaction(async () => { await Promise.resolve(); })).toThrow('synchronous');
    expect(() => s.transaction(tx => tx.set('VM', ref, { HVM_shadow_multiplier: NaN }))).toThrow('cannot hold');
  });
  it('sees its own writes inside a transaction', () => {
    const s = open(), old = s.transaction(tx => tx.create('VM', { uuid: 'old' }));
    s.transaction(tx => {
      const mine = tx.create('VM', { uuid: 'mine' });
      tx.destroy('VM', old);
      expect([...tx.all('VM').keys()]).toEqual([mine]);
      expect(tx.byUuid('VM', 'mine')).toBe(mine);
      expect(() => tx.byUuid('VM', 'old')).toThrow('UUID_INVALID');
      expect(tx.find('VM', old)).toBeUndefined();
    });
    expect(s.all('VM').size).toBe(1);
  });
});

describe('relations', () => {
  it('keeps the set on the other side, moves and clears it', () => {
    const s = open();
    const [a, b, vbd] = s.transaction(tx => { const vm = tx.create('VM', {}); return [vm, tx.create('VM', {}), tx.create('VBD', { VM: vm })]; });
    expect(s.get('VM', a).VBDs).toEqual([vbd]);
    s.transaction(tx => tx.set('VBD', vbd, { VM: b }));
    expect([s.get('VM', a).VBDs, s.get('VM', b).VBDs]).toEqual([[], [vbd]]);
    s.transaction(tx => tx.destroy('VBD', vbd));
    expect(s.get('VM', b).VBDs).toEqual([]);
  });
  it('nulls every reference to a destroyed object, with and without a set', () => {
    const s = open();
    const [vm, vdi, vbd] = s.transaction(tx => { const d = tx.create('VDI', {}), m = tx.create('VM', { suspend_VDI: d }); return [m, d, tx.create('VBD', { VM: m, VDI: d })]; });
    s.transaction(tx => tx.destroy('VDI', vdi));
    expect(s.get('VBD', vbd)).toMatchObject({ VDI: NULL_REF, VM: vm });
    expect(s.get('VM', vm).suspend_VDI).toBe(NULL_REF);
  });
  it('holds for an object that points at itself, and refuses dangling references and derived sets', () => {
    const s = open(), vm = s.transaction(tx => tx.create('VM', {}));
    s.transaction(tx => tx.set('VM', vm, { parent: vm }));
    expect(s.get('VM', vm).children).toEqual([vm]);
    s.transaction(tx => tx.destroy('VM', vm));
    expect(s.all('VM').size).toBe(0);
    expect(() => s.transaction(tx => tx.create('VBD', { VM: vm }))).toThrow('HANDLE_INVALID VM');
    expect(() => s.transaction(tx => tx.create('VM', { VBDs: ['OpaqueRef:x' as Ref<'VBD'>] }))).toThrow('VM.VBDs');
  });
  it('tells derive what was touched, relations included', () => {
    const told: string[][] = [];
    const s = open({ derive: (tx, touched) => {
      told.push(touched.map(t => t.cls));
      for (const t of touched) if (t.cls === 'VM') tx.set('VM', t.ref as Ref<'VM'>, { allowed_operations: ['start'] });
    } });
    const vm = s.transaction(tx => tx.create('VM', {}));
    s.transaction(tx => tx.create('VBD', { VM: vm }));
    s.transaction(() => {});
    expect(told).toEqual([['VM'], ['VBD', 'VM']]);
    expect(s.get('VM', vm).allowed_operations).toEqual(['start']);
  });
});

describe('changes', () => {
  it('coalesces to one event per object with its current record', () => {
    const s = open(), start = s.generation, ref = s.transaction(tx => tx.create('VM', { name_label: 'a' })), made = s.generation;
    s.transaction(tx => tx.set('VM', ref, { name_label: 'b' }));
    s.transaction(tx => tx.set('VM', ref, { name_label: 'c' }));
    expect(says(s, 0)).toEqual([`add vm ${ref}`]);
    expect(says(s, start)).toEqual([`add vm ${ref}`]);
    expect(says(s, made)).toEqual([`mod vm ${ref}`]);
    expect(s.changesSince(made, everything)?.events[0]).toMatchObject({ id: String(s.generation), snapshot: { name_label: 'c' } });
    expect(says(s, s.generation)).toEqual([]);
    expect(s.changesSince(made, () => false)?.events).toEqual([]);
  });
  it('says nothing of what came and went, and del without a snapshot', () => {
    const s = open(), kept = s.transaction(tx => tx.create('VM', {})), before = s.generation;
    const short = s.transaction(tx => tx.create('VM', {})), between = s.generation;
    s.transaction(tx => { tx.destroy('VM', short); tx.destroy('VM', kept); });
    expect(says(s, before)).toEqual([`del vm ${kept}`]);
    expect(new Set(says(s, between))).toEqual(new Set([`del vm ${short}`, `del vm ${kept}`]));
    expect(s.changesSince(before, everything)?.events[0]).not.toHaveProperty('snapshot');
    expect(says(s, 0)).toEqual([]);
    s.transaction(tx => { tx.destroy('SR', tx.create('SR', {})); });
    expect(says(s, between)).toHaveLength(2);
  });
  it('touches without a change, is silent about setting the same, and calls listeners in the same turn', () => {
    const s = open(), ref = s.transaction(tx => tx.create('VM', { tags: ['a'] })), before = s.generation, heard: number[] = [];
    s.onCommit(g => heard.push(g));
    s.transaction(tx => tx.set('VM', ref, { tags: ['a'] }));
    expect(s.generation).toBe(before);
    s.transaction(tx => tx.touch('VM', ref));
    expect(says(s, before)).toEqual([`mod vm ${ref}`]);
    expect(heard).toEqual([s.generation]);
  });
  it('knows when the past is forgotten, also after a restart', () => {
    let s = open({ deletionsKept: 10 });
    const start = s.generation, refs = s.transaction(tx => Array.from({ length: 40 }, () => tx.create('VM', {}))), all = s.generation;
    for (const ref of refs.slice(0, 30)) s.transaction(tx => tx.destroy('VM', ref));
    for (let i = 0; i < 2; i++) {
      expect(says(s, all)).toBeUndefined();
      expect(says(s, start)).toBeUndefined();
      expect(says(s, s.generation + 1)).toBeUndefined();
      expect(says(s, 0)).toHaveLength(10);
      expect(says(s, s.generation)).toEqual([]);
      s = reopen(s, { deletionsKept: 10 });
    }
  });
  it('answers tokens from before a restart, and tells of tasks that went with it', () => {
    let s = open();
    const [vm, gone, task] = s.transaction(tx => [tx.create('VM', {}), tx.create('VM', {}), tx.create('task', { name_label: 'Async.VM.start' })]), token = s.generation;
    s.transaction(tx => { tx.destroy('VM', gone); tx.set('task', task, { progress: 0.5 }); });
    const last = s.generation;
    s = reopen(s);
    expect(s.generation).toBeGreaterThan(last);
    expect(s.all('task').size).toBe(0);
    expect(new Set(says(s, token))).toEqual(new Set([`del vm ${gone}`, `del task ${task}`]));
    expect(says(s, last)).toEqual([`del task ${task}`]);
    expect(says(s, 0)).toEqual([`add vm ${vm}`]);
  });
  it('has no events for sessions', () => {
    const s = open(), before = s.generation;
    s.transaction(tx => tx.create('session', {}));
    expect(says(s, before)).toEqual([]);
    expect(reopen(s).all('session').size).toBe(0);
  });
});

describe('the file', () => {
  it('keeps records, relations, and settings', () => {
    let s = open();
    const vm = s.transaction(tx => { const r = tx.create('VM', { other_config: { k: 'v ☃' } }); tx.create('VBD', { VM: r }); return r; });
    for (let i = 0; i < 3; i++) s.transaction(tx => tx.create('VIF', { VM: vm }));
    s.transaction(tx => tx.set('VIF', tx.get('VM', vm).VIFs[0] as Ref<'VIF'>, { MTU: 9000 }));
    const before = s.get('VM', vm);
    s.setSetting('who', 'me');
    s.setSetting('unflushed', 'too', false);
    s = reopen(s);
    expect(s.get('VM', vm)).toEqual(before);
    expect(before.VIFs).toHaveLength(3);
    expect(s.setting('who')).toBe('me');
    expect(s.setting('unflushed')).toBe('too');
    expect(s.setting('none')).toBeUndefined();
    s.transaction(tx => tx.destroy('VM', vm));
    expect(reopen(s).all('VM').size).toBe(0);
  });
  it('gives records of an older version the defaults of new fields', () => {
    const s = open(), vm = s.transaction(tx => tx.create('VM', { name_label: 'old' }));
    close(s);
    const db = new Libsql(file);
    db.exec(`UPDATE object SET json = '{"uuid":"u","name_label":"old","no_such_field":1}'`);
    db.close();
    const again = open().get('VM', vm);
    expect(again).toMatchObject({ name_label: 'old', power_state: 'Halted' });
    expect(again).not.toHaveProperty('no_such_field');
  });
  const refusal = (): StoreError => { try { open(); } catch (error) { if (error instanceof StoreError) return error; throw error; } throw new Error('was opened'); };
  it('refuses a second service at once, and opens after the first has ended', () => {
    const s = open();
    expect(refusal()).toMatchObject({ kind: 'in-use', message: expect.stringContaining('in use') as string });
    reopen(s);
  });
  it('refuses a newer format', () => {
    close(open());
    const db = new Libsql(file);
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(refusal()).toMatchObject({ kind: 'newer', message: expect.stringContaining('format 99') as string });
  });
  it.each(['not a database at all, '.repeat(500), ''])('refuses garbage and leaves it as it is (%#)', text => {
    if (text === '') { const db = new Libsql(file); db.exec('CREATE TABLE foreign_table (a)'); db.close(); } else fs.writeFileSync(file, text);
    const before = fs.readFileSync(file);
    expect(refusal().kind).toBe('damaged');
    expect(fs.readFileSync(file).equals(before)).toBe(true);
  });
  it('refuses a damaged database and leaves it as it is', () => {
    const s = open();
    s.transaction(tx => { for (let i = 0; i < 200; i++) tx.create('VM', {}); });
    close(s);
    const bytes = fs.readFileSync(file);
    bytes.fill(0x5a, 8192, bytes.length - 8192);
    fs.writeFileSync(file, bytes);
    expect(refusal().kind).toBe('damaged');
    expect(fs.readFileSync(file).equals(bytes)).toBe(true);
  });
  it('refuses a record that cannot be read', () => {
    const s = open();
    s.transaction(tx => tx.create('VM', {}));
    close(s);
    const db = new Libsql(file);
    db.exec(`UPDATE object SET json = '{"uuid":'`);
    db.close();
    expect(refusal().message).toContain('VM');
  });
});
