import { BatchQueryError } from '../errors/index.ts'

/**
 * What a call throws whose signal came: CANCELLED, with the signal's reason as its cause; TIMEOUT for
 * `AbortSignal.timeout`; a BatchQueryError that is the reason itself.
 */
export function abortError(reason: unknown): BatchQueryError {
  if (reason instanceof BatchQueryError) return reason
  if (reason instanceof Error && reason.name === 'TimeoutError')
    return new BatchQueryError('TIMEOUT', 'the time that was given is over', {
      cause: reason,
      hint: 'Give it more time, or make the query cheaper.',
    })
  return new BatchQueryError('CANCELLED', 'the call was cancelled by its signal', { cause: reason })
}
