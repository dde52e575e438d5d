/**
 * Does `work`, but stops waiting for it when the signal aborts, and throws the signal's reason at once.
 *
 * @param giveUp ends the work from outside. Its later result or failure is ignored. @default - the work goes on alone
 * @throws what `work` throws; the signal's reason
 */
export async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
  giveUp: () => void = () => {},
): Promise<T> {
  if (signal === undefined) return work()
  const done = new AbortController()
  const aborted = new Promise<never>((_, reject) => {
    const abort = (): void => {
      giveUp()
      reject(signal.reason)
    }
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { signal: done.signal })
  })
  try {
    return await (signal.aborted ? aborted : Promise.race([aborted, work()]))
  } finally {
    done.abort()
  }
}
