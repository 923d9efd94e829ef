const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
/** RFC 4180. What a spreadsheet would take for a formula stays text. */
export const csvText = (rows: readonly (readonly string[])[]): string => rows.map(row => row.map(text => cell(/^[=+@\t\r]|^-(?![\d.])/.test(text) ? `'${text}` : text)).join(',')).join('\r\n') + '\r\n';
