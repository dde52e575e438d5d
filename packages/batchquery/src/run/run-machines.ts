import { BatchQueryError } from '../errors/index.ts'
import { parseExportName } from './keys.ts'
import type { OwnersHome } from './owners-home.ts'
import { StoredRangeBoard } from './range-board.ts'
import type { RunRecord } from './record.ts'
import type { RunJournal } from './run-journal.ts'
import { workerSessions } from './worker-register.ts'

/** What the coordinator of a run keeps of the machines that read its exports. */
export class RunMachines {
  readonly #home: Pick<OwnersHome, 'store' | 'bucket'>
  readonly #id: string
  readonly #journal: Pick<RunJournal, 'exportOf'>

  /** @param id of the run */
  constructor(home: Pick<OwnersHome, 'store' | 'bucket'>, id: string, journal: Pick<RunJournal, 'exportOf'>) {
    this.#home = home
    this.#id = id
    this.#journal = journal
  }

  /** What machines that read the latest export to a destination know of it. */
  boardOf(uri: string): StoredRangeBoard {
    const { store, bucket } = this.#home
    return new StoredRangeBoard(store, bucket, this.#id, this.#journal.exportOf(uri))
  }

  /** Await it before the execution starts: another process that recovers this run stops it. @param board names the export */
  async recordExecution(board: string, number: number, execution: string): Promise<void> {
    const of = parseExportName(board)
    if (of === null) throw new BatchQueryError('INTERNAL', `${board} names no export`)
    const { store, bucket } = this.#home
    await new StoredRangeBoard(store, bucket, this.#id, of).recordExecution(number, execution)
  }

  /** The databases in which workers of the latest export to a destination have sessions. */
  sessions(uri: string): Promise<RunRecord['databases']> {
    const { store, bucket } = this.#home
    return workerSessions(store, bucket, this.#id, this.#journal.exportOf(uri))
  }
}
