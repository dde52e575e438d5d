import { BatchQueryError } from '../errors/index.ts'
import { unlessAborted } from '../platform/index.ts'

/** How long one attempt to log in may take, with the work before the session can be used. */
export const LOGIN_MS = 60_000
/** How long a login is tried again if the URL does not say: a paused Aurora takes half of it to resume. */
export const RETRY_MS = 60_000
/** How long a second connection may take, with its work. */
export const SECOND_CONNECTION_MS = 20_000

export interface Limits {
  /** Milliseconds. */
  readonly within: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Does `work` with a server that may hang at any point of it.
 *
 * @param host for the message
 * @param destroy ends the connection
 * @throws the errors of `work`; the signal's reason; DATABASE_UNREACHABLE if it takes too long
 */
export async function within<T>(
  { within, signal }: Limits,
  host: string,
  work: () => Promise<T>,
  destroy: () => void,
): Promise<T> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(tooLong(host, within)), within)
  const either = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal])
  try {
    return await unlessAborted(either, work, destroy)
  } finally {
    clearTimeout(timer)
  }
}

const tooLong = (host: string, milliseconds: number): BatchQueryError =>
  new BatchQueryError('DATABASE_UNREACHABLE', `${host} did not answer within ${milliseconds / 1000} s`, {
    hint: 'Check the load and the log of the server, then run again. It accepts connections but does not answer.',
  })
