import type { Bench } from '../bench.ts'
import type { Subject } from '../subject.ts'

/** The scenarios of one table of the report. */
export type Family = 'mysql' | 'postgres' | 'duckdb' | 'length' | 'start' | 'quarter' | 'publication'

/**
 * How often a scenario is measured: in every round, if it is part of a target; in the first three, which is enough
 * for a ranking; or only in the first, if it takes long or matters little.
 */
export type Share = 'every round' | 'some rounds' | 'one round'

/** One way of exporting, or of starting an export. */
export interface Scenario {
  /** Unique together with `node`; --only matches it. */
  readonly id: string
  /** For people, as a row of a table. */
  readonly title: string
  readonly family: Family
  readonly share: Share
  /** The version of the Node that batchquery runs under. Null for the other programs. */
  readonly node: string | null
  /** The names of the subjects that it exports, without the dialect. Empty if it exports nothing. */
  readonly subjects: readonly string[]
  /** The programs that it needs besides Node. */
  readonly programs: readonly string[]
  /** @throws BenchError if a program fails, or its output differs from the database */
  run(bench: Bench, subject: Subject): Promise<Measurement>
}

export interface Measurement {
  /** From the query to the last byte, if the program itself reports it; otherwise all of `processSeconds`. */
  readonly seconds: number
  /** From the start of the first process to the end of the last. */
  readonly processSeconds: number
  /** User and system time of all processes of the client. */
  readonly cpuSeconds: number
  /** The peak of the largest process of the client. */
  readonly peakMegabytes: number
  /** How long the garbage collector ran. Null if unknown. */
  readonly gcSeconds: number | null
  /** How long the file was synced after the last byte. Null if it was not. */
  readonly syncSeconds: number | null
}

/** The subjects of families that export whole tables. */
export const TABLES = ['narrow', 'wide'] as const
