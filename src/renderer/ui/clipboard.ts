/** Puts text on the clipboard; false when the system does not let us. */
export const copyText = async (text: string): Promise<boolean> => {
  // The main process grants no permissions, so the modern way may be closed; a copy event of our own needs none.
  try { await navigator.clipboard.writeText(text); return true; } catch { return copyByEvent(text); }
};

const copyByEvent = (text: string): boolean => {
  const onCopy = (event: ClipboardEvent): void => { event.clipboardData?.setData('text/plain', text); event.preventDefault(); event.stopImmediatePropagation(); };
  document.addEventListener('copy', onCopy, { capture: true, once: true });
  try { return document.execCommand('copy'); } finally { document.removeEventListener('copy', onCopy, { capture: true }); }
};

/** Puts a picture on the clipboard; false when the system does not let us. */
export const copyPicture = async (png: Blob): Promise<boolean> => {
  try { await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]); return true; } catch { return false; }
};
