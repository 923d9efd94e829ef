/* What sr_check has found: JSON, and as a task's result XML around it. */

export interface DiskProblem { uuid: string; problem: string }

export const readProblems = (result: string): DiskProblem[] => {
  const plain = result.replace(/^<value>(?:<string>)?/, '').replace(/(?:<\/string>)?<\/value>$/, '')
    .replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', '\'').replaceAll('&#13;', '\r').replaceAll('&amp;', '&');
  if (plain.trim() === '' || plain.trim() === '<value/>') return [];
  const parsed: unknown = JSON.parse(plain);
  if (!Array.isArray(parsed)) throw new Error('answer to sr_check');
  return parsed.map((each: unknown) => {
    const { uuid, problem } = each as Partial<DiskProblem>;
    return { uuid: String(uuid ?? ''), problem: String(problem ?? '') };
  });
};
