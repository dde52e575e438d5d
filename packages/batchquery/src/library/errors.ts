import { BatchQueryError } from '../errors/index.ts'

/**
 * Returns the error of a call whose signal aborted: CANCELLED, with the signal's reason as its cause; TIMEOUT for
 * `AbortSignal.timeout`; the reason itself if it is a BatchQueryError.
 */
export function abortError(reason: unknown): BatchQueryError {
  if (reason instanceof BatchQueryError) return reason
  if (reason instanceof Error && reason.name === 'TimeoutError')
    return new BatchQueryError('TIMEOUT', 'the timeout of the call is over', {
      cause: reason,
      hint: 'Give it more time, or make the query cheaper.',
    })
  return new BatchQueryError('CANCELLED', 'the call was cancelled by its signal', { cause: reason })
}
