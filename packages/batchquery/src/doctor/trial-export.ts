import type { Session } from '../database/database.ts'
import { BatchQueryError } from '../errors/index.ts'
import { type Destination, planExport, runExport, verifyExport } from '../export/index.ts'
import type { Journal, JournalStep, StagedExport } from '../journal/index.ts'
import { parseExport, splitStatements } from '../sql/index.ts'
import type { Check, Finding } from './check.ts'
import { openable } from './database/embedded.ts'
import { withSession } from './database/with-session.ts'
import type { DatabasePlace } from './place.ts'
import type { Scratch } from './store/scratch.ts'

/** One row, without a table, so any user who may log in can export it, on every database. */
const STATEMENT = "SELECT 1 AS id, 'batchquery' AS name INTO OUTFILE S3 's3://bucket/prefix' MANIFEST ON"
const RESULT = '1\tbatchquery\n'

/**
 * Exports one row to its own destination, through every step of a long export, then reads it back and compares it.
 *
 * @param needs the checks that must succeed before
 */
export const trialExport = (place: DatabasePlace, scratch: Scratch, needs: readonly string[]): Check => ({
  id: 'export',
  what: 'exporting one row, and reading it back',
  needs,
  run: async signal => withSession(openable(place), signal, session => exportRow(session, scratch, signal)),
})

/** @throws what `runExport` throws; VERIFICATION if the row that was read back differs */
async function exportRow(session: Session, scratch: Scratch, signal: AbortSignal): Promise<Finding> {
  const { store, bucket, owner } = scratch
  const { key: prefix } = scratch.address('export')
  const destination = { store, bucket, prefix, uri: store.uriOf({ bucket, key: prefix }) }
  const [statement] = splitStatements(STATEMENT, session.dialect)
  const exported = parseExport(statement, session.dialect)
  if (exported === null) throw new BatchQueryError('INTERNAL', 'cannot read the export of doctor')
  const warnings: string[] = []
  const { staged } = await runExport(session, planExport(exported, destination), {
    runId: owner,
    journal: new ScratchJournal(scratch),
    progress: () => {},
    signal,
    warn: text => warnings.push(text),
    isLast: true,
  })
  await compare(staged, destination)
  const { rows, bytes } = staged
  return { figure: `${rows} row, ${bytes} bytes, published as ${staged.parts[0]?.uri}, read back`, warnings }
}

async function compare(staged: StagedExport, destination: Destination): Promise<void> {
  const { store, bucket, uri } = destination
  for await (const { message } of verifyExport(staged, destination, () => {})) throw differs(message)
  const [part] = staged.parts
  const found = part === undefined ? null : await store.read({ bucket, key: part.token.key })
  if (found === null || Buffer.from(found.bytes).toString() !== RESULT)
    throw differs(`${uri} does not have the bytes of the row`)
}

const differs = (message: string): BatchQueryError =>
  new BatchQueryError('VERIFICATION', message, {
    hint: 'Find out what changes results: a proxy, a gateway, or another program that writes there.',
  })

/**
 * There is no run, and no other process knows the destination. The steps in this journal are what must be removed.
 */
class ScratchJournal implements Journal {
  readonly #scratch: Scratch

  constructor(scratch: Scratch) {
    this.#scratch = scratch
  }

  async write(step: JournalStep): Promise<void> {
    if (step.step === 'opened') this.#scratch.remember(step.token)
    if (step.step !== 'staged') return
    const { parts, manifest } = step.export
    for (const { token } of parts) this.#scratch.remember(token)
    if (manifest !== null) this.#scratch.address('export.manifest')
  }

  isOurs(): boolean {
    return false
  }

  async isAlone(): Promise<boolean> {
    return true
  }
}
