/**
 * Does `work` for each of the items, for some of them at once.
 *
 * @param most how many
 * @param afterFailure whether the items that have not begun are still worked on. All that has begun comes to its end first
 *   either way: nothing goes on when this settles.
 * @throws what the first that failed threw, when all are done
 */
export async function inParallel<T>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<void>,
  afterFailure: 'go on' | 'stop' = 'go on',
): Promise<void> {
  const failures: unknown[] = []
  const left = items.values()
  const worker = async (): Promise<void> => {
    for (const item of left) {
      await work(item).catch((error: unknown) => failures.push(error))
      if (afterFailure === 'stop' && failures.length > 0) return
    }
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker))
  if (failures.length > 0) throw failures[0]
}
