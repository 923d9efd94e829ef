import { useKept } from '../../../ui/kept';

/* How text is shown, on this computer. */

export const FONT = { px: 14, minPx: 9, maxPx: 32, family: 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace' };

export interface TextSettings { fontPx: number; family: string; copyOnSelect: boolean; keepSize: (px: number) => void; keepFamily: (family: string) => void; keepCopyOnSelect: (on: boolean) => void }
export const useTextSettings = (): TextSettings => {
  const [size, keepSize] = useKept<number>('console.font-px', FONT.px);
  const [family, keepFamily] = useKept<string>('console.font', '');
  const [copyOnSelect, keepCopyOnSelect] = useKept<boolean>('console.copy-on-select', false);
  return { fontPx: sizeWithin(size), family, copyOnSelect, keepSize: px => { keepSize(sizeWithin(px)); }, keepFamily, keepCopyOnSelect };
};
/** The own font first; the usual ones stand in for letters that it lacks. */
export const familyOf = (own: string): string => (own.trim() === '' ? FONT.family : `"${own.trim().replaceAll(/["\\]/g, '')}", ${FONT.family}`);

const sizeWithin = (px: number): number => Math.min(FONT.maxPx, Math.max(FONT.minPx, Math.round(px)));
