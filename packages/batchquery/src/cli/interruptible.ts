import { BatchQueryError } from '../errors/index.ts'

/**
 * Runs an operation that ends itself when the process is asked to end, or its time is over: the signal's reason is
 * then the error that it throws.
 *
 * @param timeoutSeconds null for as long as it takes
 */
export async function interruptible<T>(
  operation: (signal: AbortSignal) => Promise<T>,
  timeoutSeconds: number | null = null,
): Promise<T> {
  const controller = new AbortController()
  const timer =
    timeoutSeconds === null
      ? undefined
      : setTimeout(() => controller.abort(timeout(timeoutSeconds)), timeoutSeconds * 1000)
  const interrupt = (): void => controller.abort(new BatchQueryError('CANCELLED', 'interrupted (SIGINT)'))
  const terminate = (): void =>
    controller.abort(new BatchQueryError('TERMINATED', 'told to stop (SIGTERM)', { hint: 'Try it again.' }))
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', terminate)
  try {
    return await operation(controller.signal)
  } finally {
    clearTimeout(timer)
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', terminate)
  }
}

const timeout = (seconds: number): BatchQueryError =>
  new BatchQueryError('TIMEOUT', `it took longer than its timeout of ${seconds} s`, {
    hint: 'Give it more time with --timeout, or make the query cheaper.',
  })
