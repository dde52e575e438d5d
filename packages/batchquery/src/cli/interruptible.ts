import { BatchQueryError } from '../errors/index.ts'

/**
 * Runs an operation that ends itself when the process is asked to end: the signal's reason is then the error that it
 * throws.
 */
export async function interruptible<T>(operation: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const interrupt = (): void => controller.abort(new BatchQueryError('CANCELLED', 'interrupted (SIGINT)'))
  const terminate = (): void =>
    controller.abort(new BatchQueryError('TERMINATED', 'told to stop (SIGTERM)', { hint: 'Try it again.' }))
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', terminate)
  try {
    return await operation(controller.signal)
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', terminate)
  }
}
