import type { RunRecord } from '../../run/index.ts'
import type { Sample } from '../documents.ts'
import { dropOldest } from './run-records.ts'

/** Two hours of heartbeats. */
const MOST_SAMPLES = 720
const MOST_RUNS = 64

/** The progress of running runs at each heartbeat that a page has seen. */
export class Samples {
  readonly #byRun = new Map<string, Sample[]>()

  /** Adds the progress of a run, and returns what is known of it so far. */
  add({ id, state, startedAt, heartbeatAt, progress }: RunRecord): readonly Sample[] {
    const known = this.#byRun.get(id)
    if (heartbeatAt === null || (state !== 'RUNNING' && known === undefined)) return known ?? []
    const samples = known ?? (startedAt === null ? [] : [{ at: startedAt, rows: 0, bytes: 0 }])
    if (samples.at(-1)?.at !== heartbeatAt)
      samples.push({ at: heartbeatAt, rows: progress.rows, bytes: progress.bytes })
    if (samples.length > MOST_SAMPLES) samples.shift()
    this.#byRun.delete(id)
    this.#byRun.set(id, samples)
    dropOldest(this.#byRun, MOST_RUNS)
    return samples
  }
}
