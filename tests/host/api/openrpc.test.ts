import openRpc from '@open-rpc/meta-schema';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Lab } from './lab';

/* The OpenRPC document, against OpenRPC's own schema, and against what the host answers. */

interface Described { name: string; params: { name: string; required: boolean; schema: object }[]; result: { schema: object } }
interface Document { methods: Described[]; components: { schemas: Record<string, object> } }
let lab: Lab, text: string, document: Document;
beforeAll(async () => {
  lab = await Lab.start();
  const reply = await lab.request('GET', '/openrpc.json');
  expect(reply).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
  text = reply.text;
  document = JSON.parse(text) as Document;
});
afterAll(() => lab.stop());

it('is as OpenRPC wants it', () => {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  // The schema leans on a copy of JSON schema's own, at an address of its authors: Ajv has the original.
  for (const $id of ['https://meta.json-schema.tools', 'https://meta.json-schema.tools/']) ajv.addSchema({ $id, allOf: [{ $ref: 'http://json-schema.org/draft-07/schema#' }], definitions: { JSONSchemaObject: { properties: { $ref: { type: 'string' } } } } });
  const { $schema: _theirs, ...schema } = structuredClone(openRpc) as unknown as Record<string, unknown>;
  const isValid = ajv.compile(schema);
  expect(isValid(document), JSON.stringify(isValid.errors?.slice(0, 3))).toBe(true);
  expect(isValid({ ...document, methods: [{ name: 'x' }] })).toBe(false);
});

it('names what the host answers, each with what it takes', async () => {
  expect(document.methods.map(({ name }) => name)).toEqual(await lab.call('system.listMethods'));
  const of = (name: string): Described => document.methods.find(each => each.name === name)!;
  expect(of('VM.start').params.map(({ name, required }) => [name, required])).toEqual([['session', true], ['vm', true], ['start_paused', true], ['force', true]]);
  expect(of('session.login_with_password').params.map(({ name, required }) => [name, required])).toEqual([['uname', true], ['pwd', true], ['version', false], ['originator', false]]);
  expect(of('Async.VM.start').result).toMatchObject({ name: 'task' });
  for (const [, target = ''] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) expect(document.components.schemas, target).toHaveProperty([target]);
});

it('describes what comes', async () => {
  const ajv = new Ajv({ strict: false }), session = await lab.login();
  ajv.addSchema({ $id: 'document', components: document.components });
  for (const method of ['VM.get_record', 'VM.get_all_records', 'event.from']) {
    const args = { 'VM.get_record': [lab.vm], 'VM.get_all_records': [], 'event.from': [['vm'], '', 0] }[method] ?? [];
    const { schema } = document.methods.find(({ name }) => name === method)!.result;
    const isValid = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('#/components', 'document#/components')) as object);
    expect(isValid(await lab.call(method, session, ...args)), `${method} ${JSON.stringify(isValid.errors)}`).toBe(true);
  }
});

it('is served to HEAD, and to nobody who asks otherwise', async () => {
  expect(await lab.request('HEAD', '/openrpc.json')).toMatchObject({ status: 200, text: '' });
  expect((await lab.request('DELETE', '/openrpc.json')).status).toBe(405);
});
