import { BatchQueryError } from '../errors/index.ts'
import { readBounded } from '../store/read-bounded.ts'
import type { ObjectAddress, Store } from '../store/store.ts'
import { parseScheduleTurn, scheduleTurnKey, scheduleTurnsOf } from './keys.ts'

const MAX_TURN_BYTES = 64

/**
 * The turns of a schedule whose runs must not overlap. A turn is an object that contains the id of its run, created
 * exclusively. The highest turn counts. It is over when its run is:
 *
 *     turn 6 ──(its run has ended, or is dead and was recovered)──▶ turn 7 ──▶ ...
 *
 * A run does not return its turn, so even a killed run leaves nothing undone. The highest turn ever taken always exists: only
 * a run that has a higher turn removes lower ones. A run that listed the turns before that may take a removed turn a second
 * time. It then sees that its turn is not the highest.
 */
export class ScheduleTurns {
  readonly #store: Store
  readonly #bucket: string
  readonly #runId: string
  readonly #isOver: (id: string) => Promise<boolean>

  /** @param isOver whether a run has ended. Recovers a dead run; only one caller gets true for that. */
  constructor(store: Store, bucket: string, runId: string, isOver: (id: string) => Promise<boolean>) {
    this.#store = store
    this.#bucket = bucket
    this.#runId = runId
    this.#isOver = isOver
  }

  /** @throws SCHEDULE_OVERLAP if an earlier run of the schedule lives; not if an earlier attempt of this run has the turn */
  async take(schedule: string): Promise<void> {
    for (;;) {
      const latest = (await this.#taken(schedule)).at(-1) ?? 0
      const holder = latest === 0 ? null : await this.#holderOf(schedule, latest)
      if (holder === this.#runId) return
      // Removed meanwhile: another run has a higher one.
      if (latest > 0 && holder === null) continue
      if (holder !== null && !(await this.#isOver(holder))) throw overlap(schedule, holder)
      if (await this.#create(schedule, latest + 1)) return
    }
  }

  /** False if another run has this turn or a higher one. */
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

  /** Null if the turn does not exist any more. A turn that is too long for a run id belongs to no run. */
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
    `run ${holder} of the schedule ${JSON.stringify(schedule)} has not ended, so this run did nothing`,
    {
      hint: `Leave more time between the runs of the schedule, or let them overlap (overlap: allow). \`batchquery show ${holder}\` shows the progress of the earlier run.`,
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
