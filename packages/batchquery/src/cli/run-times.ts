import type { RunRecord } from '../run/index.ts'

/** Seconds between the start of a run and its end, for a RUNNING one and now; null if it has not started. */
export function secondsTaken({ state, startedAt, endedAt }: RunRecord, now: Date): number | null {
  if (startedAt === null) return null
  if (endedAt !== null) return seconds(Date.parse(startedAt), Date.parse(endedAt))
  return state === 'RUNNING' ? seconds(Date.parse(startedAt), now.getTime()) : null
}

/** Seconds since the runner of a RUNNING run wrote its record; null for another one. */
export function secondsSilent({ state, heartbeatAt }: RunRecord, now: Date): number | null {
  if (state !== 'RUNNING' || heartbeatAt === null) return null
  return seconds(Date.parse(heartbeatAt), now.getTime())
}

/** How quick a run is. */
export interface Rate {
  readonly rowsPerSecond: number
  readonly bytesPerSecond: number
}

/** What comes of less than this is no rate. */
const LEAST_SECONDS = 1

/**
 * How quick a RUNNING run was from its start to its last heartbeat, which is when its progress was written: both times
 * are by its runner's clock. Null before it has come any way.
 */
export function rateOf({ state, startedAt, heartbeatAt, progress }: RunRecord): Rate | null {
  if (state !== 'RUNNING' || startedAt === null || heartbeatAt === null) return null
  const taken = seconds(Date.parse(startedAt), Date.parse(heartbeatAt))
  if (taken < LEAST_SECONDS || progress.rows + progress.bytes === 0) return null
  return { rowsPerSecond: progress.rows / taken, bytesPerSecond: progress.bytes / taken }
}

/** Clocks of two machines may differ. */
const seconds = (from: number, to: number): number => Math.max(0, to - from) / 1000
