import { readCombination } from '../../../../shared/rules/keyboard';

/** Where the own key combinations of this computer are kept: one a line. */
export const OWN_COMBINATIONS = 'console.combinations';
export const OWN_MAX = 20;

/** Those that can be read, by their proper names, each once. */
export const combinationsOf = (text: string): readonly string[] => [...new Set(text.split('\n').flatMap(line => readCombination(line)?.join('+') ?? []))].slice(0, OWN_MAX);
/** What stands there and is none. */
export const unreadable = (text: string): readonly string[] => text.split('\n').map(line => line.trim()).filter(line => line !== '' && !readCombination(line));
