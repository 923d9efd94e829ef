import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, PASSWORD, type HttpReply } from './lab';

/* Plain requests: by whose leave, and in which task. */

let lab: Lab, session: string, uuid: string;
beforeAll(async () => { lab = await Lab.start(); session = await lab.login(); uuid = lab.store.get('console', lab.console).uuid; });
afterAll(() => lab.stop());

const basic = (user: string, password: string): Record<string, string> => ({ authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` });
const get = (url: string, headers: Record<string, string> = {}): Promise<HttpReply> => lab.request('GET', url, undefined, headers);

describe('a plain request', () => {
  it.each([
    ['the cookie', () => get(`/vncsnapshot?uuid=${uuid}`, { cookie: `a=b; session_id=${session}` }), 200], ['the query', () => get(`/vncsnapshot?uuid=${uuid}&session_id=${session}`), 200],
    ['Basic', () => get(`/vncsnapshot?uuid=${uuid}`, basic('root', PASSWORD)), 200], ['the cookie before the query', () => get(`/vncsnapshot?uuid=${uuid}&session_id=${session}`, { cookie: 'session_id=OpaqueRef:none' }), 401],
    ['nothing', () => get(`/vncsnapshot?uuid=${uuid}`), 401], ['a wrong password', () => get(`/vncsnapshot?uuid=${uuid}`, basic('root', 'x')), 401], ['a session that is gone', () => get(`/vncsnapshot?uuid=${uuid}&session_id=OpaqueRef:none`), 401],
  ])('by %s', async (_by, ask, status) => {
    const reply = await ask();
    expect(reply.status).toBe(status);
    expect(reply.headers['www-authenticate']).toBe(status === 401 ? 'Basic realm="XenAPI"' : undefined);
    expect([...lab.store.all('session').keys()]).toEqual([session]); // Basic's ends with its request
  });
  it('is done in the task that its client made, or as a part of one', async () => {
    const task = await lab.call('task.create', session, 'log', '') as string;
    expect((await get(`/audit_log?session_id=${session}&task_id=${task}`)).status).toBe(200);
    while (lab.store.get('task', task).status === 'pending') await new Promise(resolve => { lab.store.onCommit(resolve); });
    expect(lab.store.get('task', task)).toMatchObject({ status: 'success', progress: 1, result: '<value></value>' });
    const parent = await lab.call('task.create', session, 'all', '') as string;
    const reply = await get('/audit_log', { cookie: `session_id=${session}; subtask_of=${parent}` });
    expect(await lab.call('task.get_subtasks', session, parent)).toEqual([reply.headers['task-id']]);
    expect(await lab.call('task.get_subtask_of', session, reply.headers['task-id'])).toBe(parent);
  });
});

describe('GET /vncsnapshot', () => {
  it('answers a picture, or why not', async () => {
    const reply = await get(`/vncsnapshot?uuid=${uuid}&session_id=${session}`);
    expect([reply.headers['content-type'], reply.text]).toEqual(['image/png', '\x89PNG']);
    expect((await get(`/vncsnapshot?session_id=${session}`)).status).toBe(404);
    expect((await get(`/vncsnapshot?uuid=x&session_id=${session}`)).status).toBe(404);
  });
});
