/**
 * Does `work`. When the signal comes it is given up: what it works with is destroyed, and the reason thrown.
 *
 * @param destroy ends the work from outside; how `work` itself then ends is of no interest
 * @throws what `work` throws; the signal's reason
 */
export async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  destroy: () => void,
  work: () => Promise<T>,
): Promise<T> {
  if (signal === undefined) return work()
  const aborted = new AbortController()
  const givenUp = new Promise<never>((_, reject) => {
    const giveUp = (): void => {
      destroy()
      reject(signal.reason)
    }
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { signal: aborted.signal })
  })
  try {
    return await Promise.race([givenUp, work()])
  } finally {
    aborted.abort()
  }
}
