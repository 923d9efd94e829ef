import type { ConnectRequest, KnownHost } from '../../../api';

/** The one value behind the connect dialog. */
export type Wish = Omit<ConnectRequest, 'accept'>;

export const problemsOf = (wish: Wish, known: KnownHost | undefined): Partial<Record<keyof Wish, string>> => ({
  ...(wish.address.trim() === '' && { address: 'Where is the host?' }),
  ...(/\s/.test(wish.address.trim()) && { address: 'An address has no spaces.' }),
  ...(wish.user.trim() === '' && { user: 'Who are you there?' }),
  ...(wish.password === '' && !(known?.passwordKept && known.user === wish.user.trim()) && { password: 'No password is kept for this host: type it.' }),
});
