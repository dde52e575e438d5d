import type { RangeBoard } from '../../../journal/index.ts'

/** How many machines read, and how they are started. */
export interface MachineHost {
  /** How many machines read the ranges of an export. */
  readonly machines: number
  /** The board of an export that has begun. */
  readonly boardOf: (uri: string) => RangeBoard
  /**
   * Starts machines that read the ranges of a board. Safe to repeat with the same number.
   *
   * @throws NO_CAPACITY, PERMISSION, CONFIG, AUTHENTICATION, ENGINE_FAILED
   */
  readonly start: (order: MachineOrder) => Promise<MachineExecution>
  /** Ends the sessions that workers have left. @returns a sentence for each that may still run */
  readonly endSessions: (uri: string) => Promise<readonly string[]>
  /** Whether a text has a secret, which must not be in the store. */
  readonly isSecret: (text: string) => boolean
  /** A worker that is silent for so long counts as dead. Milliseconds. */
  readonly deadAfterMs: number
  /** How often the coordinator looks at the board. Milliseconds. */
  readonly lookMs: number
}

export interface MachineOrder {
  readonly board: RangeBoard
  /** From 1: the executions of the export. */
  readonly number: number
  readonly machines: number
  /** The hash of the work. */
  readonly sha256: string
}

/** Machines that were started together. */
export interface MachineExecution {
  /** For people. */
  readonly name: string
  /** @throws as `start` */
  state(): Promise<ExecutionState>
  /** Ends all of its machines. Safe to repeat, and after its end. */
  stop(reason: string): Promise<void>
}

export interface ExecutionState {
  readonly isOver: boolean
  /** Why it ended before its machines had; null if it did not. */
  readonly failure: string | null
  /** Why machines were lost for good, in sentences. */
  readonly lost: readonly string[]
  /** What would help; null if that is unknown. */
  readonly hint: string | null
}
