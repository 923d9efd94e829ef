/* Names for several VMs made at once: `web-##` gives web-01, web-02; without a `#` the number stands at the end. One alone keeps its name as it is. */

export const numberedNames = (pattern: string, count: number, first = 1): string[] => {
  if (count === 1 && !/#/.test(pattern)) return [pattern];
  return Array.from({ length: count }, (_, i) => {
    const number = String(first + i);
    return /#/.test(pattern) ? pattern.replace(/#+/, signs => number.padStart(signs.length, '0')) : `${pattern} ${number}`;
  });
};
