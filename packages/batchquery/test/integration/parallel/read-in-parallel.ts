import { askSession } from '../../../src/database/ask-session.ts'
import type { Session } from '../../../src/database/database.ts'
import {
  type Moment,
  type ParallelReads,
  type ReadRange,
  type ReadsPlan,
  type ReadsRequest,
  refuseOtherState,
} from '../../../src/database/parallel-reads.ts'

export const request = (query: string, more: Partial<ReadsRequest> = {}): ReadsRequest => ({
  query,
  readers: 2,
  by: null,
  consistency: 'SNAPSHOT',
  ...more,
})

export interface ReadInParallel {
  readonly plan: ReadsPlan
  /** The rows of each range, in the order of the ranges, each row as one text. */
  readonly ranges: readonly (readonly string[])[]
  readonly moment: Pick<Moment, 'level' | 'at'>
}

/** The database, and what happens meanwhile. */
export interface Reading {
  readonly reads: ParallelReads
  readonly open: () => Promise<Session>
  /** Runs when the moment is open, and before any range is read. */
  readonly opened?: ((moment: Moment) => Promise<void>) | undefined
  /** The task's session. @default - a new one */
  readonly session?: Session | undefined
}

/** Reads a query as an export does: each reader in its own session, which takes ranges from a queue. */
export async function readInParallel(
  wanted: ReadsRequest,
  { reads, open, opened, session: given }: Reading,
): Promise<ReadInParallel> {
  const sessions: Session[] = []
  const connect = async (): Promise<Session> => {
    const session = await open()
    sessions.push(session)
    return session
  }
  const session = given ?? (await connect())
  try {
    const state = await reads.state(session, wanted.query)
    const plan = await reads.plan(session, wanted)
    await reads.checkMoment(session, plan, wanted)
    const readers = await Promise.all(Array.from({ length: wanted.readers }, connect))
    for (const reader of readers) {
      for (const statement of state.setup) await reader.execute(statement, 0)
      refuseOtherState(state, await askSession(reader, state.check))
    }
    const moment = await reads.openMoment({
      session,
      plan,
      request: wanted,
      connect,
      readers: async statements => {
        await Promise.all(
          readers.map(async reader => {
            for (const statement of statements) await reader.execute(statement, 0)
          }),
        )
      },
      signal: new AbortController().signal,
      note: () => {},
    })
    try {
      await opened?.(moment)
      const ranges = await readRanges(readers, plan.ranges)
      await moment.confirm()
      return { plan, ranges, moment: { level: moment.level, at: moment.at } }
    } finally {
      await moment.close()
    }
  } finally {
    await Promise.all(sessions.map(session => session.close()))
  }
}

async function readRanges(
  readers: readonly Session[],
  ranges: readonly ReadRange[],
): Promise<readonly (readonly string[])[]> {
  const queue = [...ranges.entries()]
  const read: (readonly string[])[] = []
  const work = async (reader: Session): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, { query }] = next
      const { results } = await reader.execute(query, Number.POSITIVE_INFINITY)
      read[index] = (results.at(-1)?.rows ?? []).map(row => row.map(value => value ?? '\\N').join('|'))
    }
  }
  await Promise.all(readers.map(work))
  return read
}
