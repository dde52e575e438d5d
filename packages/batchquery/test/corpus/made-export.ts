import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll } from 'vitest'
import type { Session } from '../../src/database/database.ts'
import { planExport, runExport } from '../../src/export/index.ts'
import { parseExport, splitStatements } from '../../src/sql/index.ts'
import { DirectoryStore } from '../../src/store/index.ts'
import { RecordingJournal } from '../integration/export/fixture.ts'
import type { CorpusLine } from './corpus-file.ts'
import { type CorpusExport, statementOf } from './export.ts'

const BUCKET = 'corpus'
const PREFIX = 'out/result'
const URI = `s3://${BUCKET}/${PREFIX}`

/** The published objects, as the store returns them. */
export interface MadeExport {
  /** Decompressed. */
  readonly parts: readonly Buffer[]
  readonly rows: number
}

/** The folder of a test file's exports. It is removed after the last test. */
export async function corpusStore(): Promise<DirectoryStore> {
  const root = await mkdtemp(join(tmpdir(), 'batchquery-corpus-'))
  afterAll(() => rm(root, { recursive: true, force: true }))
  return new DirectoryStore(root)
}

/** Parses the statement, plans and runs the export as a runner does, reads its parts and removes them from the store. */
export async function makeExport(
  wanted: CorpusExport,
  session: Session,
  store: DirectoryStore,
): Promise<MadeExport> {
  const { dialect } = wanted
  const [statement] = splitStatements(statementOf(wanted, URI), dialect)
  const exported = parseExport(statement, dialect)
  if (exported === null) throw new Error(`${wanted.id} is no export`)
  const plan = planExport(exported, { store, bucket: BUCKET, prefix: PREFIX, uri: URI })
  const { staged } = await runExport(session, plan, {
    runId: 'corpus',
    journal: new RecordingJournal(),
    progress: () => {},
    warn: text => {
      throw new Error(text)
    },
    signal: new AbortController().signal,
    isLast: true,
  })
  const parts: Buffer[] = []
  for (const { token } of staged.parts) {
    const path = join(store.name, BUCKET, token.key)
    const bytes = await readFile(path)
    parts.push(wanted.writing.compression === 'GZIP' ? gunzipSync(bytes) : bytes)
    await rm(path)
  }
  return { parts, rows: staged.rows }
}

/** The line of an export in the corpus. */
export function lineOf({ id, witness }: CorpusExport, { parts, rows }: MadeExport): CorpusLine {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return { id, sha256: hash.digest('hex'), rows, parts: parts.map(part => part.length), witness }
}
