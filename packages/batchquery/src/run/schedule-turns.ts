import { BatchQueryError } from '../errors/index.ts'
import { readBounded } from '../store/read-bounded.ts'
import type { ObjectAddress, Store } from '../store/store.ts'
import { parseScheduleTurn, scheduleTurnKey, scheduleTurnsOf } from './keys.ts'

const MAX_TURN_BYTES = 64

/**
 * The turns of a schedule whose runs must not overlap. A turn is an object that holds the id of its run, created
 * exclusively; the highest one counts, and it is over when its run is:
 *
 *     turn 6 ──(its run has ended, or is dead and was recovered)──▶ turn 7 ──▶ ...
 *
 * Nobody gives a turn back, so nothing is to be done at the end of a run, however that comes. The highest turn ever
 * taken stands for good: lower ones are removed only by who has a higher one. So one that was taken a second time,
 * by somebody who had looked before it was removed, is seen not to be the highest.
 */
export class ScheduleTurns {
  readonly #store: Store
  readonly #bucket: string
  readonly #runId: string
  readonly #isOver: (id: string) => Promise<boolean>

  /** @param isOver whether a run has ended; one that is dead is recovered, which gives true to one caller only */
  constructor(store: Store, bucket: string, runId: string, isOver: (id: string) => Promise<boolean>) {
    this.#store = store
    this.#bucket = bucket
    this.#runId = runId
    this.#isOver = isOver
  }

  /** @throws SCHEDULE_OVERLAP where an earlier run of the schedule lives; not where an earlier attempt of this one had the turn */
  async take(schedule: string): Promise<void> {
    for (;;) {
      const latest = (await this.#taken(schedule)).at(-1) ?? 0
      const holder = latest === 0 ? null : await this.#holderOf(schedule, latest)
      if (holder === this.#runId) return
      // Removed since: somebody has a higher one.
      if (latest > 0 && holder === null) continue
      if (holder !== null && !(await this.#isOver(holder))) throw overlap(schedule, holder)
      if (await this.#create(schedule, latest + 1)) return
    }
  }

  /** False where somebody else has this turn, or a higher one. */
  async #create(schedule: string, turn: number): Promise<boolean> {
    if (!(await this.#store.create(this.#at(schedule, turn), Buffer.from(this.#runId)))) return false
    const taken = await this.#taken(schedule)
    const isHighest = taken.at(-1) === turn
    const gone = isHighest ? taken.filter(other => other < turn) : [turn]
    for (const other of gone) await this.#store.delete(this.#at(schedule, other))
    return isHighest
  }

  async #taken(schedule: string): Promise<number[]> {
    const turns: number[] = []
    for await (const { key } of this.#store.list(this.#bucket, scheduleTurnsOf(schedule))) {
      const turn = parseScheduleTurn(key)
      if (turn !== null) turns.push(turn)
    }
    return turns.sort((one, other) => one - other)
  }

  /** Null where the turn is gone. What is too long for a run id is no run's. */
  async #holderOf(schedule: string, turn: number): Promise<string | null> {
    const bytes = await readBounded(this.#store, this.#at(schedule, turn), MAX_TURN_BYTES)
    if (bytes === null) return null
    return bytes === 'too large' ? '' : Buffer.from(bytes).toString()
  }

  #at(schedule: string, turn: number): ObjectAddress {
    return { bucket: this.#bucket, key: scheduleTurnKey(schedule, turn) }
  }
}

const overlap = (schedule: string, holder: string): BatchQueryError =>
  new BatchQueryError(
    'SCHEDULE_OVERLAP',
    `run ${holder} of the schedule ${JSON.stringify(schedule)} has not ended: this run did nothing`,
    {
      hint: `\`batchquery show ${holder}\` tells how far it is. Give the schedule more time between its runs, or let them overlap (overlap: allow).`,
    },
  )

/**
 * Returns the id of a run that a schedule started, from BATCHQUERY_SCHEDULE (its name) and BATCHQUERY_SCHEDULED_TIME (ISO 8601): a
 * schedule that delivers twice starts the same run. An id cannot contain colons. Null if no schedule started the run.
 */
export function scheduledRunId(environment: Readonly<Record<string, string | undefined>>): string | null {
  const { BATCHQUERY_SCHEDULE: name, BATCHQUERY_SCHEDULED_TIME: time } = environment
  return name && time ? `${name}-${time.replaceAll(/[-:]/g, '')}` : null
}
