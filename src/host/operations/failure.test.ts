import { describe, expect, it } from 'vitest';
import { ApiError } from '../../shared/api';
import { EngineError } from '../engine/contract';
import { StorageError } from '../storage/contract';
import { toApiError } from './failure';

const said = (error: unknown) => { const { code, params } = toApiError(error, { vm: 'V', vdi: 'D', sr: 'S', operation: 'clone' }); return [code, ...params]; };

describe('a driver\'s error in XenAPI\'s words', () => {
  it.each([
    [new EngineError('already-running', 'x'), ['VM_BAD_POWER_STATE', 'V', 'halted', 'running']],
    [new EngineError('not-running', 'x'), ['VM_BAD_POWER_STATE', 'V', 'running', 'halted']],
    [new EngineError('start-failed', 'no room'), ['FAILED_TO_START_EMULATOR', 'V', 'qemu', 'no room']],
    [new EngineError('missing-program', 'no qemu'), ['FAILED_TO_START_EMULATOR', 'V', 'qemu', 'no qemu']],
    [new StorageError('no-space', 'x', 10, 5), ['SR_FULL', '10', '5']],
    [new StorageError('not-found', 'x'), ['VDI_MISSING', 'S', 'D']],
    [new StorageError('in-use', 'x'), ['VDI_IN_USE', 'D', 'clone']],
    [new StorageError('not-attached', 'x'), ['SR_NOT_ATTACHED', 'S']],
    [new StorageError('io', 'broken'), ['SR_BACKEND_FAILURE', '1', '', 'broken']],
    [new ApiError('SR_NOT_EMPTY'), ['SR_NOT_EMPTY']],
    [new TypeError('bug'), ['INTERNAL_ERROR', 'bug']],
  ])('%s', (error, expected) => { expect(said(error)).toEqual(expected); });
});
