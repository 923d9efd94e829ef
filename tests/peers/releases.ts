/* What hosts of other releases have, by the data model (releases.json, which scripts/generate writes): "stockholm" is XCP-ng 8.2, "nile" XenServer 8 and
 * XCP-ng 8.3, "own" all that there is. */
import fs from 'node:fs';
import path from 'node:path';
import { EPOCH, parseType, zeroOf } from '../../src/shared/api';

export type Release = 'stockholm' | 'nile' | 'own';
export const RELEASES: readonly Release[] = ['stockholm', 'nile', 'own'];

interface ClassOfAges { age: number; fields: readonly (readonly [name: string, type: string, age: number, given?: unknown])[]; messages: readonly (readonly [name: string, age: number])[] }
const CLASSES = JSON.parse(fs.readFileSync(path.join(import.meta.dirname, 'releases.json'), 'utf8')) as Readonly<Record<string, ClassOfAges>>;

export const classesOf = (release: Release): string[] => Object.entries(CLASSES).filter(([, { age }]) => age <= RELEASES.indexOf(release)).map(([name]) => name);
export const fieldsOf = (release: Release, cls: string): string[] => (CLASSES[cls]?.fields ?? []).filter(([, , age]) => age <= RELEASES.indexOf(release)).map(([name]) => name);
export const methodsOf = (release: Release): Set<string> => new Set(classesOf(release).flatMap(cls => (CLASSES[cls]?.messages ?? []).filter(([, age]) => age <= RELEASES.indexOf(release)).map(([name]) => `${cls}.${name}`)));

/** A record with the fields of its release and no others. */
export const recordAt = (release: Release, cls: string, given: Readonly<Record<string, unknown>>): Record<string, unknown> => Object.fromEntries(
  (CLASSES[cls]?.fields ?? []).filter(([, , age]) => age <= RELEASES.indexOf(release)).map(([name, type, , usual]) => {
    const parsed = parseType(type);
    return [name, given[name] ?? usual ?? (parsed.t === 'datetime' ? EPOCH : zeroOf(parsed))];
  }));
