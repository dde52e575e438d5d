/**
 * Does `work`, but does not wait for it any more when the signal comes: then the reason is thrown, at once.
 *
 * @param giveUp ends the work from outside. How it ends then is of no interest to anybody. @default - it goes on alone
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
