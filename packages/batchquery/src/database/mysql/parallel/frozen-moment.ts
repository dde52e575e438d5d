import { BatchQueryError } from '../../../errors/index.ts'
import type { Session } from '../../database.ts'
import type { Burden, Moment, MomentOpening } from '../../parallel-reads.ts'
import { frozenPosition } from './frozen-position.ts'
import { historyOf } from './history.ts'

/**
 * The moment of a source to which no transaction is written: a stopped replica, or a clone. It needs no lock. The position must be the same
 * before the first reader begins, after the last one has begun, and after the last range, so sessions may join in between.
 *
 * @param begin the statements by which a reader begins
 * @throws QUERY_FAILED if a transaction was written meanwhile
 */
export async function openFrozenMoment(
  control: Session,
  { readers }: Pick<MomentOpening, 'readers'>,
  begin: readonly string[],
): Promise<Moment> {
  const moment = new FrozenMoment(control, begin, await positionOf(control))
  await readers(begin)
  await moment.confirm()
  return moment
}

class FrozenMoment implements Moment {
  readonly level = 'snapshot'
  readonly at: string
  readonly join: readonly string[]
  readonly #control: Session
  readonly #position: string

  constructor(control: Session, join: readonly string[], position: string) {
    this.#control = control
    this.join = join
    this.#position = position
    this.at = `frozen source at ${position}`
  }

  burden(): Promise<Burden | null> {
    return historyOf(this.#control)
  }

  async confirm(): Promise<void> {
    const now = await positionOf(this.#control)
    if (now !== this.#position) throw notFrozen(`it was at ${this.#position}, and is at ${now}`)
  }

  async close(): Promise<void> {}
}

async function positionOf(control: Session): Promise<string> {
  const { position, why } = await frozenPosition(control)
  if (position === null) throw notFrozen(why)
  return position
}

const notFrozen = (why: string): BatchQueryError =>
  new BatchQueryError('QUERY_FAILED', `PARALLEL: the source is not frozen any more: ${why}`, {
    hint: 'Stop what writes to the server and run again, or ask for LOCK TABLES, or write CONSISTENCY NONE.',
  })
