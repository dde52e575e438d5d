import type { Session } from '../../database/database.ts'
import type { ParallelReads, ReadsPlan, ReadsRequest } from '../../database/parallel-reads.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { ReaderLimits } from './reader-host.ts'

/** How many sessions read. */
export interface ChosenReaders {
  readonly readers: number
  /** All sessions that are open at once: the readers, the task's own and, for a moment, one that opens it. */
  readonly sessions: number
  /** Sentences that say why there are fewer than the clause asks for. */
  readonly notes: readonly string[]
}

/**
 * Chooses the number of readers: that of the clause, unless there are fewer ranges or the user allows fewer sessions.
 *
 * @throws UNSUPPORTED_CLAUSE if the user or the server does not allow the sessions that are needed
 */
export async function chooseReaders(
  reads: Pick<ParallelReads, 'room'>,
  session: Session,
  { ranges: { length: waiting } }: Pick<ReadsPlan, 'ranges'>,
  { readers: asked, consistency }: Pick<ReadsRequest, 'readers' | 'consistency'>,
  { maxSessions }: Pick<ReaderLimits, 'maxSessions'>,
): Promise<ChosenReaders> {
  // The task's own session and, for a moment, one that opens it.
  // An export whose ranges were all read by an earlier attempt still has a reader, which finds nothing to read.
  const length = Math.max(1, waiting)
  const others = consistency === 'NONE' ? 1 : 2
  const notes: string[] = []
  let readers = asked
  const lower = (most: number, why: string): void => {
    if (most >= readers) return
    readers = most
    notes.push(`PARALLEL ${asked}: ${most} ${most === 1 ? 'session reads' : 'sessions read'}, because ${why}`)
  }
  lower(length, length === 1 ? 'there is only one range' : `there are only ${length} ranges`)
  if (maxSessions !== null) {
    if (maxSessions <= others) throw tooFewAllowed(asked, maxSessions, others)
    lower(maxSessions - others, `--max-sessions is ${maxSessions}, and ${others} of them read no range`)
  }
  const room = (await reads.room?.(session)) ?? null
  const further = readers + others - 1
  if (room !== null && room.sessions < further) throw noRoom(asked, further, room)
  return { readers, sessions: readers + others, notes }
}

const tooFewAllowed = (asked: number, maxSessions: number, others: number): BatchQueryError =>
  new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `PARALLEL ${asked} needs at least ${others + 1} sessions, but --max-sessions is ${maxSessions}`,
    { hint: `Raise --max-sessions, or leave PARALLEL out.` },
  )

const noRoom = (
  asked: number,
  further: number,
  { sessions, why }: { readonly sessions: number; readonly why: string },
): BatchQueryError => {
  const most = sessions - (further - asked)
  const smaller = most >= 1 ? `Write PARALLEL ${most}, or raise` : 'Raise'
  return new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `PARALLEL ${asked} needs ${further} further sessions, but this login may open only ${sessions}: ${why}`,
    { hint: `${smaller} the limit.` },
  )
}
