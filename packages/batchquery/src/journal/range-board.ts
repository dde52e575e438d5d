import type { BatchQueryError } from '../errors/index.ts'
import type { StageToken } from '../store/index.ts'
import type { RangeEntry } from './steps.ts'

/*
 * What the coordinator of an export and its workers on other machines know of each other: objects in the store, each with one writer. A
 * worker may be thought dead and live, so only what is created exclusively counts:
 *
 *     coordinator   publishWork ─▶ look … ─▶ close
 *     worker        readWork ─▶ claim ─▶ finish ─▶ claim …     at any time: fail
 *     a range       free ──claim──▶ claimed ──finish──▶ finished
 *                     ▲────giveBack─────┘ (its worker is lost)
 */

/** One reading of a range. */
export interface RangeClaim {
  readonly number: number
  /** From 1: how often the range was claimed. */
  readonly turn: number
}

/** A worker as the board shows it. */
export interface SeenWorker {
  /** For records and people: `w3`, or `w3.2` for the second machine that took the place of the third worker. */
  readonly name: string
  /** The number of the worker, and how many machines had the number so far, from 1. */
  readonly worker: number
  readonly machine: number
  /** Another value means that it is alive. By the store's clock, milliseconds. */
  readonly seenAt: number
  /** It has ended by itself: it has no session and stages nothing any more. */
  readonly hasLeft: boolean
}

/** The board, from one listing. */
export interface BoardState {
  readonly finished: ReadonlySet<number>
  /** By range: its latest claim, and whether a worker has it. */
  readonly claims: ReadonlyMap<number, RangeClaim & { readonly isTaken: boolean }>
  readonly workers: readonly SeenWorker[]
  readonly hasFailed: boolean
  readonly isClosed: boolean
}

/** The ranges of one export as its coordinator and its workers share them. Every method may throw the store's errors. */
export interface RangeBoard {
  /** Names the export in its run: `0001-0002`. */
  readonly name: string
  /** Says what the workers do: plain JSON. @returns its SHA-256, by which the workers know that it is the coordinator's */
  publishWork(work: object): Promise<string>
  /** @throws RUN_RECORD_INVALID if there is none, or another one */
  readWork(sha256: string): Promise<unknown>
  look(): Promise<BoardState>
  /** @returns false if another worker has this turn */
  claim(claim: RangeClaim, worker: string): Promise<boolean>
  /** The name of the worker that has a claim; null if it is unreadable. */
  claimedBy(claim: RangeClaim): Promise<string | null>
  giveBack(claim: RangeClaim): Promise<void>
  /** @returns false if another worker has finished the range: what this one staged of it is not part of the result */
  finish(range: RangeEntry): Promise<boolean>
  /** @throws RUN_RECORD_INVALID */
  entry(number: number): Promise<RangeEntry>
  /** Ends the export for everybody. The first failure counts. */
  fail(error: BatchQueryError): Promise<void>
  /** @throws RUN_RECORD_INVALID if there is none */
  failure(): Promise<BatchQueryError>
  /** Tells all workers to end. */
  close(): Promise<void>
  /** What a worker staged. */
  tokensOf(worker: SeenWorker): Promise<readonly StageToken[]>
}
