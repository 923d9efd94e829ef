import type { GuestTemplate } from './contract';

/* template.json, read strictly: `{"templates": [GuestTemplate, with paths relative to its folder]}`. What is wrong is
 * said with the place where it stands. */

const KEY = /^[a-z0-9][a-z0-9-]{0,63}$/;

export const parseTemplates = (text: string): GuestTemplate[] => {
  const { templates } = object(JSON.parse(text), 'the file');
  if (!Array.isArray(templates)) throw new Error('templates is not a list');
  return templates.map((template, i) => parseTemplate(template, `templates[${i}]`));
};

const parseTemplate = (value: unknown, at: string): GuestTemplate => {
  const template = object(value, at);
  const key = string(template, 'key', at);
  if (!KEY.test(key)) throw new Error(`${at}.key is not a plain name: ${key}`);
  const boot = object(template.boot, `${at}.boot`);
  const disk = object(template.disk, `${at}.disk`);
  if (disk.format !== 'qcow2') throw new Error(`${at}.disk.format is not qcow2`);
  return {
    key,
    nameLabel: string(template, 'nameLabel', at),
    nameDescription: string(template, 'nameDescription', at),
    memoryBytes: integer(template, 'memoryBytes', at),
    vcpus: integer(template, 'vcpus', at),
    boot: parseBoot(boot, `${at}.boot`),
    disk: { path: string(disk, 'path', `${at}.disk`), format: 'qcow2' },
    ...(template.build === undefined ? {} : { build: string(template, 'build', at) }),
    ...(template.firstBoot === undefined ? {} : { firstBoot: string(template, 'firstBoot', at) }),
  };
};

const parseBoot = (boot: Readonly<Record<string, unknown>>, at: string): GuestTemplate['boot'] => {
  switch (boot.by) {
    case 'bios': return { by: 'bios' };
    case 'kernel': return { by: 'kernel', kernelPath: string(boot, 'kernelPath', at), initrdPath: string(boot, 'initrdPath', at), args: string(boot, 'args', at) };
    default: throw new Error(`${at}.by is neither kernel nor bios`);
  }
};

const object = (value: unknown, at: string): Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${at} is not an object`);
  return value as Readonly<Record<string, unknown>>;
};
const string = (of: Readonly<Record<string, unknown>>, field: string, at: string): string => {
  const value = of[field];
  if (typeof value !== 'string') throw new Error(`${at}.${field} is not a text`);
  return value;
};
const integer = (of: Readonly<Record<string, unknown>>, field: string, at: string): number => {
  const value = of[field];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value <= 0) throw new Error(`${at}.${field} is not a positive whole number`);
  return value;
};
