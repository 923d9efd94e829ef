/* JSON as xapi's library prints it: floats may be a bare NaN, Infinity or -Infinity, which is no JSON. Only where the strict reading fails the text is gone through. */

/** NaN becomes null: nothing is known. Throws on what is no JSON even so. */
export const parseJson = (text: string): unknown => {
  try { return JSON.parse(text) as unknown; } catch (error) {
    const mended = text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, word => (word.startsWith('"') ? word : word === 'NaN' ? 'null' : word.startsWith('-') ? '-1e999' : '1e999'));
    if (mended === text) throw error;
    return JSON.parse(mended) as unknown;
  }
};
