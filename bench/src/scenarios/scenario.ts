import type { Bench } from '../bench.ts'
import type { Subject } from '../subject.ts'

/** What belongs into one table of the report. */
export type Family = 'mysql' | 'postgres' | 'duckdb' | 'length' | 'start' | 'quarter' | 'publication'

/**
 * How often a scenario is measured: in every round, where a target is a ratio of it; in the first three, which is enough
 * to say who is quicker; or in the first alone, where it takes long or nothing hangs on it.
 */
export type Share = 'every round' | 'some rounds' | 'one round'

/** One way of exporting, or of starting to. */
export interface Scenario {
  /** Unique together with `node`; what --only looks at. */
  readonly id: string
  /** For people, as a row of a table. */
  readonly title: string
  readonly family: Family
  readonly share: Share
  /** The version of the Node that batchquery runs under; null for the programs of others. */
  readonly node: string | null
  /** The names of the subjects that it exports, without the dialect; none where it exports nothing. */
  readonly subjects: readonly string[]
  /** The programs that it takes beside Node. */
  readonly programs: readonly string[]
  /** @throws BenchError where a program fails, or what is written is not what the database has */
  run(bench: Bench, subject: Subject): Promise<Measurement>
}

export interface Measurement {
  /** From the query to the last byte, where the program tells it itself; else all of `processSeconds`. */
  readonly seconds: number
  /** From the start of the first process to the end of the last. */
  readonly processSeconds: number
  /** User and system time of all processes of the client. */
  readonly cpuSeconds: number
  /** Of the largest process of the client. */
  readonly peakMegabytes: number
  /** How long the collector of garbage was at work; null where nobody knows. */
  readonly gcSeconds: number | null
  /** How long the file was synced after the last byte; null where it was not. */
  readonly syncSeconds: number | null
}

/** What the families that export whole tables do. */
export const TABLES = ['narrow', 'wide'] as const
