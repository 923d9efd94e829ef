/** Puts text on the clipboard; false when the system does not let us. */
export const copyText = async (text: string): Promise<boolean> => {
  try { await navigator.clipboard.writeText(text); return true; } catch { return false; }
};
