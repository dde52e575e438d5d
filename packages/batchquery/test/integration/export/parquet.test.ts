import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, onTestFinished, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import {
  downloadJoined,
  downloadParts,
  type ExportPlan,
  planExport,
  verifyExport,
} from '../../../src/export/index.ts'
import { agrees } from '../../../src/export/manifest.ts'
import { readFooter } from '../../../src/format/parquet/index.ts'
import type { StagedExport, StagedPart } from '../../../src/journal/index.ts'
import { parseExport, splitStatements } from '../../../src/sql/index.ts'
import { streamExport } from '../../../src/statements/run-export.ts'
import { S3Store, type Store } from '../../../src/store/index.ts'
import { readRange } from '../../../src/store/read-bounded.ts'
import { s3Proxy } from '../../faults/s3-proxy.ts'
import { adminCredentials, freshBucket } from '../../setup/s3-client.ts'
import { freshSession, freshStore, RecordingJournal, withStream } from './fixture.ts'

/** Random text, so that a part of any format has about its bytes. */
const QUERY =
  "SELECT i AS id, md5(i::VARCHAR) || md5('a' || i) || md5('b' || i) AS note FROM range(36000) t(i)"
const IN_PARTS = 'MAXFILESIZE 1 MB MANIFEST ON'
const PREFIX = 'out/r'

function planOf(
  { store, bucket }: { readonly store: Store; readonly bucket: string },
  clauses: string,
  query: string,
  memoryBytes?: number,
): ExportPlan {
  const uri = `s3://${bucket}/${PREFIX}`
  const [statement] = splitStatements(`${query} INTO OUTFILE S3 '${uri}' ${clauses}`, 'duckdb')
  const exported = parseExport(statement, 'duckdb')
  if (exported === null) throw new Error('no export')
  return planExport(exported, { store, bucket, prefix: PREFIX, uri }, false, memoryBytes)
}

interface Where {
  readonly store?: Store
  readonly bucket?: string
  readonly query?: string
  readonly memoryBytes?: number
  readonly change?: (session: Session) => Session
}

async function exported(clauses: string, where: Where = {}) {
  const { store = await freshStore(), bucket = 'b', query = QUERY, change = session => session } = where
  const plan = planOf({ store, bucket }, clauses, query, where.memoryBytes)
  const warnings: string[] = []
  const staged = await streamExport(
    { plan, isLast: true },
    {
      session: change(await freshSession()),
      runId: 'run-1',
      journal: new RecordingJournal(),
      progress: () => {},
      signal: new AbortController().signal,
      warn: text => warnings.push(text),
      warnings: () => {},
    },
  )
  return { store, staged, destination: plan.destination, warnings }
}

type Exported = Awaited<ReturnType<typeof exported>>

async function differences({ staged, destination }: Pick<Exported, 'staged' | 'destination'>) {
  const found: string[] = []
  for await (const { message } of verifyExport(staged, destination, () => {})) found.push(message)
  return found
}

const withPart = (staged: StagedExport, at: number, changed: Partial<StagedPart>): StagedExport => ({
  ...staged,
  parts: staged.parts.with(at, { ...staged.parts[at], ...changed }),
})

test('an export of typed columns records its compression, and passes the check', async () => {
  const result = await exported(`FORMAT PARQUET COMPRESSION GZIP ${IN_PARTS}`)
  expect(result.staged).toMatchObject({ format: 'PARQUET', compression: 'GZIP', rows: 36_000 })
  expect(result.staged).not.toHaveProperty('invalidDates')
  expect(result.staged.parts.length).toBeGreaterThan(2)
  expect(await differences(result)).toEqual([])
  expect(result.warnings).toEqual([])
})

test('verify names the page and the column when a byte of a part has changed', async () => {
  const result = await exported(`FORMAT PARQUET COMPRESSION NONE ${IN_PARTS}`)
  const { store, staged } = result
  const [, second] = staged.parts
  const bytes = Buffer.from((await store.read(second.token))?.bytes ?? [])
  bytes[bytes.length >> 1] ^= 1
  await store.put(second.token, bytes)
  const page =
    /the page at byte \d+ of column "note" in row group \d+ has the checksum [0-9a-f]{8}, but its header says [0-9a-f]{8}/
  expect(await differences(result)).toEqual([
    expect.stringMatching(
      new RegExp(
        `^${second.uri} has SHA-256 [0-9a-f]{64}, but the run published [0-9a-f]{64}; .*${page.source}$`,
      ),
    ),
  ])
  bytes.fill(0, bytes.length - 4)
  await store.put(second.token, bytes)
  expect(await differences(result)).toEqual([
    expect.stringMatching(
      /but the run published [0-9a-f]{64}; the Parquet file is invalid: it does not end with PAR1$/,
    ),
  ])
})

test('verify finds a part whose own count of rows, or whose columns, are not those of the record', async () => {
  const clauses = 'FORMAT PARQUET MAXFILESIZE 1 MB'
  const { store, staged, destination } = await exported(clauses)
  const [first, second] = staged.parts
  const counted = withPart(staged, 1, { rows: second.rows + 1 })
  expect(await differences({ staged: counted, destination })).toEqual([
    `${second.uri} has the published bytes, but they are wrong: the Parquet file is invalid: its footer counts ${second.rows} rows, but the run published ${second.rows + 1}. Report this defect of batchquery.`,
  ])
  const other = await exported(clauses, { query: "SELECT 1::BIGINT AS id, DATE '2024-01-01' AS day" })
  const [{ token, bytes, rows, sha256 }] = other.staged.parts
  await store.put(second.token, (await other.store.read(token))?.bytes ?? Buffer.alloc(0))
  const mixed = withPart(staged, 1, { bytes, rows, sha256 })
  expect(await differences({ staged: mixed, destination })).toEqual([
    expect.stringContaining('column 2 is "day" DATE, but in the first part it is "note" STRING'),
  ])
  expect(first.rows).toBeGreaterThan(0)
})

test('dates that became NULL are in the record, in the manifest, and in one warning', async () => {
  const invalidDates = Array.from({ length: 12 }, (_, at) => ({ column: `d${at}`, count: at + 1 }))
  const { staged, store, destination, warnings } = await exported('FORMAT PARQUET MANIFEST ON', {
    change: session => withStream(session, { invalidDates }),
  })
  expect(staged.invalidDates).toEqual(invalidDates)
  expect(warnings).toEqual([
    expect.stringMatching(
      /^s3:\/\/b\/out\/r: 1 date of column "d0", 2 dates of column "d1", .*, 23 dates of 2 other columns: /,
    ),
  ])
  const manifest = await store.read({ bucket: 'b', key: `${PREFIX}.manifest` })
  const bytes = manifest?.bytes ?? Buffer.alloc(0)
  expect(JSON.parse(Buffer.from(bytes).toString()).meta).toEqual({
    content_length: staged.bytes,
    record_count: 36_000,
    invalid_dates: invalidDates,
  })
  // As a program wrote it that does not know them.
  expect(agrees(bytes, { ...staged, invalidDates: [] }, destination.prefix)).toBe(true)
  expect(await differences({ staged, destination })).toEqual([])
})

test('several parts cannot be joined, and one can', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-get-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { signal } = new AbortController()
  const options = { folder, overwrite: false, runId: 'r1', progress: () => {}, signal }
  const several = await exported(`FORMAT PARQUET ${IN_PARTS}`)
  const source = { published: several.staged, destination: several.destination }
  expect(() => downloadJoined(source, 'all.parquet', options)).toThrow(
    expect.objectContaining({
      code: 'USAGE',
      message: `--join "all.parquet": the export has ${several.staged.parts.length} parts of FORMAT PARQUET, and joined PARQUET files are not a valid file`,
    }),
  )
  await downloadParts([source], '.', options)
  const one = await exported('FORMAT PARQUET')
  await downloadJoined({ published: one.staged, destination: one.destination }, 'one.parquet', options)
  const file = await readFile(join(folder, 'one.parquet'))
  expect([file.subarray(0, 4).toString(), file.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1'])
  expect(await readdir(folder)).toHaveLength(several.staged.parts.length + 1)
})

test('row groups are smaller when the process has little memory', async () => {
  const groupsWith = async (memoryBytes?: number) => {
    const query = QUERY.replace('36000', '400000')
    const { store, staged } = await exported('FORMAT PARQUET COMPRESSION NONE', { query, memoryBytes })
    const [{ token, bytes }] = staged.parts
    const { groups } = await readFooter(bytes, (start, length) => readRange(store, token, start, length))
    return groups.length
  }
  expect(await groupsWith()).toBe(1)
  expect(await groupsWith(176 * 1024 ** 2)).toBeGreaterThan(1)
})

test('an export of typed columns takes no more requests than one of text with as many parts', async () => {
  const proxy = await s3Proxy()
  const { region } = inject('s3')
  const requestsOf = async (format: string) => {
    const bucket = await freshBucket()
    const client = { endpoint: proxy.endpoint, region, credentials: adminCredentials() }
    proxy.reset()
    const { staged } = await exported(`FORMAT ${format} ${IN_PARTS} COMPRESSION NONE`, {
      store: new S3Store({ client }),
      bucket,
    })
    return { parts: staged.parts.length, requests: proxy.requests.length }
  }
  const text = await requestsOf('TEXT')
  expect(text.parts).toBe(4)
  expect(await requestsOf('PARQUET')).toEqual(text)
})
