import type { RunRecord } from '../run/index.ts'

/** Seconds from the start of a run to its end, or until now if it is RUNNING; null if it has not started. */
export function secondsTaken({ state, startedAt, endedAt }: RunRecord, now: Date): number | null {
  if (startedAt === null) return null
  if (endedAt !== null) return seconds(Date.parse(startedAt), Date.parse(endedAt))
  return state === 'RUNNING' ? seconds(Date.parse(startedAt), now.getTime()) : null
}

/** Seconds since the runner of a RUNNING run wrote its record; null in other states. */
export function secondsSilent({ state, heartbeatAt }: RunRecord, now: Date): number | null {
  if (state !== 'RUNNING' || heartbeatAt === null) return null
  return seconds(Date.parse(heartbeatAt), now.getTime())
}

/** The speed of a run. */
export interface Rate {
  readonly rowsPerSecond: number
  readonly bytesPerSecond: number
}

/** A shorter time is too short for a rate. */
const LEAST_SECONDS = 1

/**
 * The speed of a RUNNING run from its start to its last heartbeat, when its progress was written. Both times are by its runner's
 * clock. Null before the first progress.
 */
export function rateOf({ state, startedAt, heartbeatAt, progress }: RunRecord): Rate | null {
  if (state !== 'RUNNING' || startedAt === null || heartbeatAt === null) return null
  const taken = seconds(Date.parse(startedAt), Date.parse(heartbeatAt))
  if (taken < LEAST_SECONDS || progress.rows + progress.bytes === 0) return null
  return { rowsPerSecond: progress.rows / taken, bytesPerSecond: progress.bytes / taken }
}

/** Never negative: the clocks of two machines may differ. */
const seconds = (from: number, to: number): number => Math.max(0, to - from) / 1000
