import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { DuckdbDatabase } from '../../../src/database/duckdb/duckdb-database.ts'
import type { InvalidDates } from '../../../src/format/index.ts'
import type { Journal, JournalStep, StagedExport } from '../../../src/journal/index.ts'
import { DirectoryStore } from '../../../src/store/index.ts'

/** A directory store that is removed after the test. */
export async function freshStore(): Promise<DirectoryStore> {
  const root = await mkdtemp(join(tmpdir(), 'batchquery-export-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  return new DirectoryStore(root)
}

/** Remembers the steps: `events` are the steps that change the state, in order. */
export class RecordingJournal implements Journal {
  readonly events: string[] = []
  /** Whether the destination has a mark, so that objects may be staged for it. */
  isMarked = false
  stagedExport: StagedExport | null = null
  ours = false

  async write(step: JournalStep): Promise<void> {
    if (step.step === 'begun') this.isMarked = true
    else if (step.step === 'unmarked') this.isMarked = false
    else if (!['confirm', 'opened', 'planned'].includes(step.step)) this.events.push(step.step)
    if (step.step === 'staged') this.stagedExport = step.export
  }

  isOurs(): boolean {
    return this.ours
  }

  async isAlone(): Promise<boolean> {
    return true
  }
}

/** A session of the embedded database, closed after the test. */
export async function freshSession(): Promise<Session> {
  const session = await new DuckdbDatabase(':memory:').connect()
  onTestFinished(() => session.close())
  return session
}

/** A session that loses a row: it reports one more row than it delivers. */
export const losingRows = (session: Session): Session => withStream(session, { lostRows: 1 })

/** A session whose streams report other facts than they have. */
export function withStream(
  session: Session,
  {
    lostRows = 0,
    invalidDates,
  }: { readonly lostRows?: number; readonly invalidDates?: readonly InvalidDates[] },
): Session {
  return {
    dialect: session.dialect,
    server: session.server,
    id: session.id,
    stringSetting: session.stringSetting,
    doing: session.doing,
    execute: (...call) => session.execute(...call),
    announce: next => session.announce(next),
    deliverLateWarnings: () => session.deliverLateWarnings(),
    describe: (...call) => session.describe(...call),
    cancel: () => session.cancel(),
    close: () => session.close(),
    stream: async (...call) => {
      const stream = await session.stream(...call)
      return {
        columns: stream.columns,
        partStart: stream.partStart,
        warnings: stream.warnings,
        get rowsRead() {
          return stream.rowsRead + lostRows
        },
        get invalidDates() {
          return invalidDates ?? stream.invalidDates
        },
        [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator](),
      }
    },
  }
}
