import { BatchQueryError } from '../errors/index.ts'
import { EndingSignals } from '../platform/index.ts'

/**
 * Runs an operation that must end when its `signal` aborts: on SIGINT, SIGTERM or SIGHUP, or after the timeout. The signal's reason is
 * then the error to throw. A second signal has its usual effect, at once.
 *
 * @param timeoutSeconds null for no limit
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
  const signals = new EndingSignals(name => {
    signals.releaseNext()
    controller.abort(name === 'SIGINT' ? interrupted() : terminated(name))
  })
  try {
    return await operation(controller.signal)
  } finally {
    clearTimeout(timer)
    signals.dispose()
  }
}

/** Resolves at SIGINT, SIGTERM or SIGHUP. A second signal has its usual effect, at once. */
export async function untilInterrupted(): Promise<void> {
  const signals = await new Promise<EndingSignals>(resolve => {
    const listening = new EndingSignals(() => {
      listening.releaseNext()
      resolve(listening)
    })
  })
  signals.dispose()
}

const interrupted = (): BatchQueryError =>
  new BatchQueryError('CANCELLED', 'the command was interrupted (SIGINT)')

const terminated = (name: string): BatchQueryError =>
  new BatchQueryError('TERMINATED', `another process asked this command to stop (${name})`, {
    hint: 'Run the command again.',
  })

const timeout = (seconds: number): BatchQueryError =>
  new BatchQueryError('TIMEOUT', `the command took longer than its timeout of ${seconds} s`, {
    hint: 'Raise --timeout, or make the query cheaper.',
  })
