/** Whether an archive's or a descriptor's word for a file can only mean one beside it: no folder, no way out of one, nothing that a terminal would obey. */
export const isFileBeside = (name: string): boolean => name !== '' && !/[\\/]|^\.\.?$|\p{Cc}/u.test(name);
