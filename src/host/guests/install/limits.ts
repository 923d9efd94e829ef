/* What an installer's tree may be. Somebody else's server is on the other side: everything it sends has a limit. */

/** Lists and their signatures: Ubuntu's Release has some 300 KB. */
export const LIST_MAX_BYTES = 8 * 1024 ** 2;
export const KERNEL_MAX_BYTES = 256 * 1024 ** 2;
/** Fedora's has some 200 MB. */
export const INITRD_MAX_BYTES = 1024 ** 3;
export const SEED_MAX_BYTES = 64 * 1024;
export const REDIRECTS_MAX = 5;
export const CONNECT_TIMEOUT_MS = 15_000;
/** Until the first byte of an answer, and between two pieces of it. */
export const SILENCE_TIMEOUT_MS = 30_000;
/** Together; what was not used for longest goes first. */
export const CACHE_MAX_BYTES = 2 * 1024 ** 3;
/** Left free on the file system for what else the service writes. */
export const RESERVE_BYTES = 64 * 1024 ** 2;
