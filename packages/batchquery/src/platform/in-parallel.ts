/**
 * Does `work` for each of the items, for several at a time.
 *
 * @param most how many items at a time
 * @param afterFailure whether the remaining items are still started after a failure. Either way, no work goes on when
 *   the promise resolves or rejects.
 * @throws the first failure, when all started work has ended
 */
export async function inParallel<T>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<void>,
  afterFailure: 'go on' | 'stop' = 'go on',
): Promise<void> {
  const failures: unknown[] = []
  const remaining = items.values()
  const worker = async (): Promise<void> => {
    for (const item of remaining) {
      await work(item).catch((error: unknown) => failures.push(error))
      if (afterFailure === 'stop' && failures.length > 0) return
    }
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker))
  if (failures.length > 0) throw failures[0]
}
