/* Which key of which layout gives which character: what a person sees printed on the keys, and the dead keys. Only what the layout gives on Windows and on Linux (xkb) alike, but for `deadOnWindows`.
 * A key has the name of its place (KeyboardEvent.code). In the rows a blank is "nothing that is the same everywhere", a combining mark a dead key. */

export interface Layout {
  id: LayoutId;
  label: string;
  /** Rows from the top, of each its levels: plain, Shift, AltGr, Shift+AltGr. */
  rows: readonly (readonly string[])[];
  /** Characters whose key waits for the next one on Windows, but not on Linux. */
  deadOnWindows?: string;
}
export type LayoutId = 'us' | 'us-intl' | 'de' | 'fr' | 'es' | 'sv' | 'jp';

export const ROW_CODES: readonly (readonly string[])[] = [
  ['Backquote', ...'1234567890'.split('').map(digit => `Digit${digit}`), 'Minus', 'Equal', 'IntlYen'],
  [...'QWERTYUIOP'.split('').map(letter => `Key${letter}`), 'BracketLeft', 'BracketRight', 'Backslash'],
  [...'ASDFGHJKL'.split('').map(letter => `Key${letter}`), 'Semicolon', 'Quote'],
  ['IntlBackslash', ...'ZXCVBNM'.split('').map(letter => `Key${letter}`), 'Comma', 'Period', 'Slash', 'IntlRo'],
];

const [GRAVE, ACUTE, CIRCUMFLEX, TILDE, DIAERESIS] = ['\u0300', '\u0301', '\u0302', '\u0303', '\u0308'];

export const LAYOUTS: readonly Layout[] = [
  { id: 'us', label: 'English (US)', rows: [
    ['`1234567890-=', '~!@#$%^&*()_+'],
    ['qwertyuiop[]\\', 'QWERTYUIOP{}|'],
    ['asdfghjkl;\'', 'ASDFGHJKL:"'],
    [' zxcvbnm,./', ' ZXCVBNM<>?'],
  ] },
  { id: 'us-intl', label: 'English (US, international with dead keys)', rows: [
    [`${GRAVE}1234567890-=`, `${TILDE}!@#$%${CIRCUMFLEX}&*()_+`, ' ¡²³¤€¼½¾‘’¥×', ' ¹  £       ÷'],
    ['qwertyuiop[]\\', 'QWERTYUIOP{}|', 'äåé®þüúíóö«»¬', 'ÄÅÉ ÞÜÚÍÓÖ  ¦'],
    [`asdfghjkl;${ACUTE}`, `ASDFGHJKL:${DIAERESIS}`, 'áßð     ø¶´', 'Á§Ð     Ø°¨'],
    [' zxcvbnm,./', ' ZXCVBNM<>?', ' æ ©  ñµç ¿', ' Æ ¢  Ñ Ç  '],
  ] },
  { id: 'de', label: 'German', rows: [
    [`${CIRCUMFLEX}1234567890ß${ACUTE}`, `°!"§$%&/()=?${GRAVE}`, '  ²³   {[]}\\'],
    ['qwertzuiopü+#', 'QWERTZUIOPÜ*\'', '@ €        ~'],
    ['asdfghjklöä', 'ASDFGHJKLÖÄ'],
    ['<yxcvbnm,.-', '>YXCVBNM;:_', '|      µ'],
  ] },
  { id: 'fr', label: 'French', deadOnWindows: '~`', rows: [
    ['²&é"\'(-è_çà)=', ' 1234567890°+', '  ~#{[|`\\^@]}'],
    [`azertyuiop${CIRCUMFLEX}$*`, `AZERTYUIOP${DIAERESIS}£µ`, '  €        ¤'],
    ['qsdfghjklmù', 'QSDFGHJKLM%'],
    ['<wxcvbn,;:!', '>WXCVBN?./§'],
  ] },
  { id: 'es', label: 'Spanish', deadOnWindows: '~', rows: [
    ['º1234567890\'¡', 'ª!"·$%&/()=?¿', '\\|@#~ ¬'],
    [`qwertyuiop${GRAVE}+ç`, `QWERTYUIOP${CIRCUMFLEX}*Ç`, '  €       []}'],
    [`asdfghjklñ${ACUTE}`, `ASDFGHJKLÑ${DIAERESIS}`, '          {'],
    ['<zxcvbnm,.-', '>ZXCVBNM;:_'],
  ] },
  { id: 'sv', label: 'Swedish', rows: [
    [`§1234567890+${ACUTE}`, `½!"#¤%&/()=?${GRAVE}`, '  @£$€ {[]}\\'],
    [`qwertyuiopå${DIAERESIS}'`, `QWERTYUIOPÅ${CIRCUMFLEX}*`, `  €        ${TILDE}`],
    ['asdfghjklöä', 'ASDFGHJKLÖÄ'],
    ['<zxcvbnm,.-', '>ZXCVBNM;:_', '|      µ'],
  ] },
  { id: 'jp', label: 'Japanese', rows: [
    [' 1234567890-^ ', ' !"#$%&\'() =~|'],
    ['qwertyuiop@[]', 'QWERTYUIOP`{}'],
    ['asdfghjkl;:', 'ASDFGHJKL+*'],
    [' zxcvbnm,./\\', ' ZXCVBNM<>?_'],
  ] },
];

export const layoutOf = (id: string): Layout | undefined => LAYOUTS.find(layout => layout.id === id);
