import type { Choice } from '../../../../ui/EditableChoice';

/** Every way to put this many vCPUs into sockets; the value is platform:cores-per-socket. */
export const topologies = (vcpus: number): Choice[] => {
  const shapes: Choice[] = [];
  for (let cores = 1; cores <= vcpus; cores++) {
    if (vcpus % cores !== 0) continue;
    const sockets = vcpus / cores;
    shapes.push({ value: String(cores), text: `${sockets} socket${sockets === 1 ? '' : 's'} with ${cores} core${cores === 1 ? '' : 's'}${sockets === 1 ? '' : ' each'}` });
  }
  return shapes;
};

export const cpuMaskProblem = (text: string): string | undefined =>
  (text === '' || /^\d{1,4}(-\d{1,4})?(,\d{1,4}(-\d{1,4})?)*$/.test(text) ? undefined : 'Numbers or ranges with commas between them, such as 0,1 or 0-3; nothing for any.');
