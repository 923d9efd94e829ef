/* The lists that say what files must be. Pure. */

/** `SHA256SUMS`: hash, two spaces, a path that may begin with `./`. */
export const parseSums = (text: string): ReadonlyMap<string, string> =>
  new Map(text.split('\n').flatMap(line => { const [, hash, file] = /^([0-9a-f]{64}) [ *](?:\.\/)?(\S.*?)\s*$/i.exec(line) ?? []; return hash !== undefined && file !== undefined ? [[file, hash.toLowerCase()] as const] : []; }));

/** A `Release` file: its fields, and the hashes of its SHA256 section by path. */
export interface Release { fields: ReadonlyMap<string, string>; sha256: ReadonlyMap<string, string> }
export const parseRelease = (text: string): Release => {
  const fields = new Map<string, string>(), sha256 = new Map<string, string>();
  let section = '';
  for (const line of text.split('\n')) {
    const [, name, value] = /^([A-Za-z0-9-]+):\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) { section = name; fields.set(name, value); continue; }
    const [, hash, file] = /^ +([0-9a-f]{64}) +\d+ +(\S+)\s*$/i.exec(line) ?? [];
    if (section === 'SHA256' && hash !== undefined && file !== undefined) sha256.set(file, hash.toLowerCase());
  }
  return { fields, sha256 };
};

/** A `.treeinfo`: sections of `key = value`. */
export type TreeInfo = ReadonlyMap<string, ReadonlyMap<string, string>>;
export const parseTreeInfo = (text: string): TreeInfo => {
  const sections = new Map<string, Map<string, string>>();
  let section = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, title] = /^\s*\[([^\]]+)\]\s*$/.exec(line) ?? [];
    if (title !== undefined) { sections.set(title, section = new Map<string, string>()); continue; }
    const [, key, value] = /^\s*([^=;#\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) section.set(key, value);
  }
  return sections;
};
