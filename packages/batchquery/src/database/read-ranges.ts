import type { ReadRange } from './parallel-reads.ts'

/** Between two numbers, so that the halves of a range can get numbers. */
const STEP = 100
/** A range of more bytes takes long to read again. */
const MOST_BYTES = 64 * 1024 * 1024
/** More ranges than readers, so that all readers end at about the same time. */
const PER_READER = 4
const MOST_RANGES = 400

/** How many ranges a result should have. */
export const rangeCount = (readers: number, bytes: number): number =>
  Math.max(readers * PER_READER, Math.min(MOST_RANGES, Math.ceil(bytes / MOST_BYTES)))

/** A range before it has its query. */
export interface Interval {
  /** For people, and for the server: a condition. `true` for all rows. */
  readonly where: string
  /** Its part of all rows, from 0 to 1. */
  readonly share: number
}

/** @param query makes the query for the rows that meet a condition */
export const rangesOf = (
  intervals: readonly Interval[],
  query: (where: string) => string,
  rows: number | null,
): readonly ReadRange[] =>
  intervals.map(({ where, share }, index) => ({
    number: index * STEP,
    query: query(where),
    where,
    rows: rows === null ? null : Math.round(rows * share),
  }))
