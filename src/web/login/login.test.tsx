import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { Login } from './Login';
import { logOut } from './login';

/* The way in, with a host that says what it is told to. */

const entered: string[] = [];
const show = (status: number, said: unknown): ReturnType<typeof vi.fn> => {
  const ask = vi.fn(() => Promise.resolve(new Response(JSON.stringify(said), { status })));
  vi.stubGlobal('fetch', ask);
  render(<Login occasion="ended" onIn={user => { entered.push(user); }} />);
  return ask;
};
const type = (label: string, value: string): void => { fireEvent.change(screen.getByLabelText(label, { exact: false }), { target: { value } }); };
afterEach(() => { cleanup(); vi.unstubAllGlobals(); entered.length = 0; });

it('says why it asks, and takes nothing empty', () => {
  const ask = show(200, { user: 'root' });
  expect(screen.getByText(/your session has ended/i)).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: 'Log in' }));
  expect(screen.getByText('Type the password.')).toBeTruthy();
  expect(ask).not.toHaveBeenCalled();
});
it('sends a form, and is in', async () => {
  const ask = show(200, { user: 'anna', role: 'vm-operator' });
  type('User', ' anna ');
  type('Password', 'pass & word');
  fireEvent.click(screen.getByRole('button', { name: 'Log in' }));
  await waitFor(() => { expect(entered).toEqual(['anna']); });
  const [path, { method, body }] = ask.mock.calls[0] as [string, { method: string; body: URLSearchParams }];
  expect([path, method, [...body]]).toEqual(['/web/session', 'POST', [['user', 'anna'], ['password', 'pass & word']]]);
});
it('says a wrong password in words, forgets it, and stays', async () => {
  show(401, ['SESSION_AUTHENTICATION_FAILED', 'root', 'wrong user name or password']);
  type('Password', 'wrong');
  fireEvent.click(screen.getByRole('button', { name: 'Log in' }));
  await waitFor(() => { expect(screen.getByRole('alert').textContent).toMatch(/password/i); });
  expect(screen.getByLabelText<HTMLInputElement>('Password', { exact: false }).value).toBe('');
  expect(entered).toEqual([]);
});
it('has logged nobody out while the host does not know', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')));
  await expect(logOut()).rejects.toMatchObject({ failure: { kind: 'unreachable' } });
});
