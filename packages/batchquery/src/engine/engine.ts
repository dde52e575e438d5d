import type { LogLevel } from '../platform/index.ts'
import type { RunRecord } from '../run/index.ts'

/** What the runner is told besides the run. */
export interface LaunchOptions {
  /** Where things are for the runner, and the secrets of its logins; never in its arguments. */
  readonly environment: Readonly<Record<string, string>>
  /** What the runner shows on stderr. */
  readonly talk: LogLevel
  /** Show how far the run is. */
  readonly progress: boolean
  /** Where the task's own stdout goes; stderr keeps ours free for a document. */
  readonly stdout: 'stdout' | 'stderr'
  /** The runner outlives this process and its terminal, and shows nothing in it: its log is in the store. */
  readonly detached: boolean
}

/** Where runs execute. */
export interface Engine {
  /** As run records name it. */
  readonly name: 'local'
  /**
   * Starts the runner of a QUEUED run; settles when it has started.
   *
   * @throws NO_CAPACITY where it cannot be started
   */
  launch(run: RunRecord, options: LaunchOptions): Promise<Launched>
}

/** A started runner. */
export interface Launched {
  /** Asks the runner to end: SIGINT cancels the run, SIGTERM lets it be taken up again. Nothing where it has ended. */
  signal(name: 'SIGINT' | 'SIGTERM'): void
  /** Ends the runner and what it started at once: the run's record stays as it is. */
  kill(): void
  /** The runner's exit code; settles when it has ended. A runner that was killed counts as 128 plus the signal. */
  readonly exitCode: Promise<number>
}
