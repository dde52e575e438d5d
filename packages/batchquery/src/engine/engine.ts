import type { EngineName } from '../config/index.ts'
import type { BatchQueryError } from '../errors/index.ts'
import type { LogLevel } from '../platform/index.ts'
import type { RunRecord } from '../run/index.ts'
import type { ObjectAddress } from '../store/index.ts'

/** The input of a runner, apart from the run. */
export interface StartOptions {
  /** The settings, and the secrets of logins, which must never be in the runner's arguments. */
  readonly environment: Readonly<Record<string, string>>
  /** How much the runner shows on stderr. */
  readonly talk: LogLevel
  /** Whether the runner shows the progress of the run. */
  readonly progress: boolean
  /** The stream that gets the stdout of the task: `stderr` keeps stdout free for a document. */
  readonly stdout: 'stdout' | 'stderr'
  /** The runner outlives this process and its terminal, and shows nothing there. Its log is in the store. */
  readonly detached: boolean
  /** When it aborts, the engine stops waiting for capacity, and throws the signal's reason. */
  readonly signal: AbortSignal
}

/** An engine executes runs. */
export interface Engine {
  /** The name in run records. */
  readonly name: EngineName
  /**
   * Whether its runners live elsewhere, independent of this process. Then any process may call `start` for any run that has not
   * ended, and repeat the call: it returns the runner that exists or that a launch will start.
   */
  readonly isRemote: boolean
  /**
   * Starts the runner of a QUEUED run. Resolves when the runner has started or, elsewhere, when the launch has succeeded.
   *
   * @throws NO_CAPACITY if the runner cannot be started; a remote engine also AUTHENTICATION, PERMISSION, CONFIG, RUN_CONFLICT,
   *   ENGINE_FAILED; the reason of the signal
   */
  start(run: RunRecord, options: StartOptions): Promise<StartedRunner>
  /**
   * Begins to start a runner for a run that does not exist yet, while the submitter prepares it. The next `start` of a run with this
   * id takes that runner. Never throws.
   *
   * @param options the environment may be incomplete: `start` passes all of it
   */
  startAhead?(run: AwaitedRun, options: Omit<StartOptions, 'signal'>): WaitingRunner
}

/** What is known of a run before it exists. */
export type AwaitedRun = Pick<RunRecord, 'id' | 'args'> & { readonly task: ObjectAddress }

/** A runner that waits for its run. It has touched nothing. */
export interface WaitingRunner {
  /** Lets the runner end, unless `start` has taken it. */
  dismiss(): void
}

/** A runner that an engine has started. */
export interface StartedRunner {
  /** Whether it runs elsewhere. Then the end of this process's terminal does not affect it. @default false */
  readonly isElsewhere?: boolean
  /** Asks the runner to end: SIGINT cancels the run, SIGTERM leaves it to a next attempt. Does nothing if the runner has ended. */
  signal(name: 'SIGINT' | 'SIGTERM'): void
  /** Ends the runner and its processes at once. The record of the run does not change. */
  kill(): void
  /**
   * Resolves with the runner's exit code when it has ended: 128 plus the signal if it was killed. Rejects if a runner elsewhere cannot
   * be followed any more; that runner continues.
   */
  readonly exitCode: Promise<number>
  /** Returns why the runner ended although its run has not. @default - only the exit code is known */
  explain?(record: RunRecord): Promise<LostRunner>
  /** Returns lines for the user: what the run used of the engine, and what the engine did to it. */
  summary?(): Promise<readonly string[]>
}

/** A runner that has ended before its run. */
export interface LostRunner {
  readonly error: BatchQueryError
  /** The last lines that it wrote. */
  readonly lastLines: readonly string[]
}

/** The variables that a runner on this machine gets in addition to `StartOptions.environment`. */
export const runnerVariables = (
  id: string,
  { talk, progress }: Pick<StartOptions, 'talk' | 'progress'>,
): Record<string, string> => ({
  BATCHQUERY_RUN_ID: id,
  BATCHQUERY_TALK: talk,
  BATCHQUERY_PROGRESS: progress ? '1' : '0',
})
