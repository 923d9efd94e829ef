import type { ErrorCode } from './generated/errors';

/** The host's answer "no": a XenAPI error, a code with parameters. English is written in the renderer only. */
export class ApiError extends Error {
  readonly code: string;
  readonly params: readonly string[];
  constructor(code: ErrorCode | 'Fault', ...params: readonly string[]) {
    super([code, ...params].join(' '));
    this.name = 'ApiError';
    this.code = code;
    this.params = params;
  }
  /** From the wire, where a foreign host may send codes that our list lacks. */
  static fromWire(code: string, params: readonly string[]): ApiError { return new ApiError(code as ErrorCode, ...params); }
}
