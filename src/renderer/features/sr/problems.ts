import { answerOf } from '../../parts/host/plugin';

/* What sr_check has found: JSON. */

export interface DiskProblem { uuid: string; problem: string }

export const readProblems = (result: string): DiskProblem[] => {
  const plain = answerOf(result);
  if (plain.trim() === '') return [];
  const parsed: unknown = JSON.parse(plain);
  if (!Array.isArray(parsed)) throw new Error('answer to sr_check');
  return parsed.map((each: unknown) => {
    const { uuid, problem } = each as Partial<DiskProblem>;
    return { uuid: String(uuid ?? ''), problem: String(problem ?? '') };
  });
};
