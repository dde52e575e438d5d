import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { DuckdbDatabase } from '../../../src/database/duckdb/duckdb-database.ts'
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
    else if (step.step !== 'confirm' && step.step !== 'opened') this.events.push(step.step)
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
export function losingRows(session: Session): Session {
  return {
    dialect: session.dialect,
    server: session.server,
    id: session.id,
    stringSetting: session.stringSetting,
    doing: session.doing,
    execute: (...call) => session.execute(...call),
    announce: next => session.announce(next),
    deliverLateWarnings: () => session.deliverLateWarnings(),
    cancel: () => session.cancel(),
    close: () => session.close(),
    stream: async (...call) => {
      const stream = await session.stream(...call)
      return {
        columns: stream.columns,
        partStart: stream.partStart,
        warnings: stream.warnings,
        get rowsRead() {
          return stream.rowsRead + 1
        },
        get invalidDates() {
          return stream.invalidDates
        },
        [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator](),
      }
    },
  }
}
