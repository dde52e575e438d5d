import type { EngineName } from '../config/index.ts'
import type { BatchQueryError } from '../errors/index.ts'
import type { LogLevel } from '../platform/index.ts'
import type { RunRecord } from '../run/index.ts'
import type { ObjectAddress } from '../store/index.ts'

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
  /** Ends the waiting for room, with its reason. */
  readonly signal: AbortSignal
}

/** Where runs execute. */
export interface Engine {
  /** As run records name it. */
  readonly name: EngineName
  /**
   * Whether its runners live elsewhere, whatever becomes of this process. Then `launch` may be called for any run that
   * has not ended, by anybody and again: it gives the runner that is there, or on its way.
   */
  readonly isRemote: boolean
  /**
   * Starts the runner of a QUEUED run; settles when it has started, or, elsewhere, when it surely will be.
   *
   * @throws NO_CAPACITY where it cannot be started; of a remote engine AUTHENTICATION, PERMISSION, CONFIG,
   *   RUN_CONFLICT, ENGINE_FAILED; what ended the waiting
   */
  launch(run: RunRecord, options: LaunchOptions): Promise<Launched>
  /**
   * Begins to start a runner for a run that does not exist yet, while the submitter prepares it. The next `launch` of a run with this
   * id takes it. Never throws.
   */
  startAhead?(run: AwaitedRun, options: AheadOptions): Ahead
}

/** The environment is what is known of it by now: the runner gets all of it when it is launched. */
export type AheadOptions = Omit<LaunchOptions, 'signal'>

/** What is known of a run before it exists. */
export type AwaitedRun = Pick<RunRecord, 'id' | 'args'> & { readonly task: ObjectAddress }

/** A runner that waits for its run. */
export interface Ahead {
  /** Lets it end, unless a launch has taken it. It has touched nothing. */
  dismiss(): void
}

/** A started runner. */
export interface Launched {
  /** Whether it is elsewhere, and a terminal that is closed means nothing to it. @default false */
  readonly isElsewhere?: boolean
  /** Asks the runner to end: SIGINT cancels the run, SIGTERM lets it be taken up again. Nothing where it has ended. */
  signal(name: 'SIGINT' | 'SIGTERM'): void
  /** Ends the runner and what it started at once: the run's record stays as it is. */
  kill(): void
  /**
   * The runner's exit code; settles when it has ended. A runner that was killed counts as 128 plus the signal. Rejects
   * where one that is elsewhere cannot be followed any more: it goes on.
   */
  readonly exitCode: Promise<number>
  /** Why it ended though its run has not; without it nobody knows more than the exit code. */
  explain?(left: RunRecord): Promise<LostRunner>
  /** What the run took of the engine, and what the engine did to it: lines for people. */
  summary?(): Promise<readonly string[]>
}

/** A runner that has ended without the end of its run. */
export interface LostRunner {
  readonly error: BatchQueryError
  /** What it wrote last. */
  readonly lastLines: readonly string[]
}
