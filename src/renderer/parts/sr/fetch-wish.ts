/* The one value behind "Fetch by URL". */
export interface FetchWish { url: string; name: string; sha256: string }

/** The last part of the address: `debian-12.iso`. */
export const nameFromUrl = (url: string): string => {
  try { return decodeURIComponent(new URL(url.trim()).pathname.split('/').at(-1) ?? ''); } catch { return ''; }
};

export const problemsOf = ({ url, name, sha256 }: FetchWish): Partial<Record<keyof FetchWish, string>> => ({
  ...(!isUrl(url) && { url: 'Write an address that begins with https:// or http://.' }),
  ...(name.trim() === '' && { name: 'Give it a name.' }),
  ...(sha256.trim() !== '' && !/^[0-9a-f]{64}$/i.test(sha256.trim()) && { sha256: 'A SHA-256 checksum has 64 hexadecimal digits.' }),
});
const isUrl = (text: string): boolean => {
  try { return ['http:', 'https:'].includes(new URL(text.trim()).protocol); } catch { return false; }
};
