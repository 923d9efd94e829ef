/** Why a host gave no answer. A system error code such as ECONNREFUSED, or `http-<status>`, may stand in its place. */
export const SILENT_REASONS = [
  'connect-timeout', 'call-timeout', 'closed', 'no-pulse', 'garbled', 'too-many-calls', 'too-large',
  'certificate-changed', 'certificate-untrusted', 'not-connected', 'no-such-session', 'bad-address', 'connect-file',
  'cancelled', 'not-reading', 'too-many-consoles',
] as const;
export type SilentReason = (typeof SILENT_REASONS)[number];
