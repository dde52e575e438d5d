import { BatchQueryError } from '../errors/index.ts'

/**
 * Returns the error of a call whose signal aborted: CANCELLED, with the signal's reason as its cause; TIMEOUT for
 * `AbortSignal.timeout`; the reason itself if it is a BatchQueryError.
 */
export function abortError(reason: unknown): BatchQueryError {
  if (reason instanceof BatchQueryError) return reason
  if (reason instanceof Error && reason.name === 'TimeoutError')
    return new BatchQueryError('TIMEOUT', 'the call took longer than its timeout', {
      cause: reason,
      hint: 'Raise the timeout of the call, or make the query cheaper.',
    })
  return new BatchQueryError('CANCELLED', 'the signal of the call cancelled it', { cause: reason })
}
