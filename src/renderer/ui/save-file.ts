/** Offers it as a download: the system asks where to. */
export const saveFile = (name: string, content: Blob): void => {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name.replace(/[^\p{L}\p{N} ._-]+/gu, '-').slice(0, 120);
  link.click();
  setTimeout(() => { URL.revokeObjectURL(url); }, 60_000);
};
