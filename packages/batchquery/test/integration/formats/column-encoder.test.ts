import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { DuckdbDatabase } from '../../../src/database/duckdb/duckdb-database.ts'
import { compressionOf } from '../../../src/export/compression.ts'
import { runExport } from '../../../src/export/index.ts'
import { BlockPool } from '../../../src/format/index.ts'
import { freshDatabase } from '../../setup/mariadb-client.ts'
import { freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { LITERALS, PIECES, query, type Table } from '../csv/hard-rows.ts'
import { freshStore, RecordingJournal } from '../export/fixture.ts'
import { serverUrl as mysqlUrl, openDatabase as openMysql } from '../mysql/session.ts'
import { openDatabase as openPostgres, serverUrl as postgresUrl } from '../postgres/session.ts'
import { readToy, TOY } from './toy-format.ts'

const COLUMNS = 3
const PART_BYTES = 10_000
/** So small that a group of rows needs several buffers. */
const POOL = [512, 2] as const

/** Short rows, rows with every escape, rows that are too long to come whole, and one of many pieces. */
const TABLE: Table = Array.from({ length: 600 }, (_, row) => {
  const piece = PIECES[row % PIECES.length] ?? ''
  if (row === 300) return ['long', `\t\\${'long text, '.repeat(9_000)}`, null]
  if (row % 50 === 7) return [`${row}`, `${piece}${'x'.repeat(3_000)}`, 'after']
  return [`${row}`, row % 5 === 0 ? null : piece, row % 7 === 0 ? '' : `${piece}${row}`]
})

const sessions = new Map<keyof typeof LITERALS, Session>()

beforeAll(async () => {
  sessions.set('mysql', await openMysql(mysqlUrl(await freshDatabase())).connect('batchquery toy'))
  const database = await freshPostgresDatabase()
  sessions.set('postgres', await openPostgres(postgresUrl(database)).connect('batchquery toy'))
  sessions.set('duckdb', await new DuckdbDatabase(':memory:').connect())
})

afterAll(async () => {
  for (const session of sessions.values()) await session.close()
})

function sessionOf(dialect: keyof typeof LITERALS): Session {
  const session = sessions.get(dialect)
  if (session === undefined) throw new Error(`no session of ${dialect}`)
  return session
}

describe.each(['mysql', 'postgres', 'duckdb'] as const)('a format without inline, from %s,', dialect => {
  const sql = query(TABLE, COLUMNS, LITERALS[dialect])

  async function parts(text: string, isSlow: boolean): Promise<string[]> {
    const pool = new BlockPool(...POOL)
    const stream = await sessionOf(dialect).stream(text, { format: TOY, pool, maxPartBytes: PART_BYTES })
    const found = ['']
    let rows = 0
    for await (const block of stream) {
      if (isSlow && rows % 200 === 0) await sleep(1)
      found.push(`${found.pop()}${Buffer.from(block.bytes).toString('latin1')}`)
      if (block.endsPart) found.push('')
      rows += block.rowsEnded
      block.release()
    }
    expect(rows).toBe(stream.rowsRead)
    const start = Buffer.from(stream.partStart).toString()
    return found.map(part => `${start}${Buffer.from(part, 'latin1').toString()}`)
  }

  test.each([false, true])('gets every value in order when the store is slow: %s', async isSlow => {
    const found = await parts(sql, isSlow)
    expect(found.flatMap(part => readToy(part, COLUMNS))).toEqual(TABLE)
  })

  test('ends parts at MAXFILESIZE, each with a footer, and keeps a group whole', async () => {
    const found = await parts(sql, false)
    expect(found.length).toBeGreaterThan(5)
    for (const part of found) {
      const isOneGroup = readToy(part, COLUMNS).length <= 40
      if (!isOneGroup) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(PART_BYTES)
    }
  })

  test('has a footer when there are no rows', async () => {
    expect(await parts(`SELECT * FROM (${sql}) empty WHERE 1 = 0`, false)).toEqual(['TOY\nrows=0\n'])
  })

  test('stops the query when the loop is left while the last part waits for buffers', async () => {
    const pool = new BlockPool(...POOL)
    const stream = await sessionOf(dialect).stream(sql, { format: TOY, pool, maxPartBytes: PART_BYTES })
    const blocks = stream[Symbol.asyncIterator]()
    await blocks.next()
    await sleep(50)
    await blocks.return?.()
    const again = dialect === 'duckdb' ? sessionOf(dialect) : await reopened(dialect)
    expect((await again.execute('SELECT 1', 1)).results[0]?.rows).toEqual([['1']])
  })

  test('is published with its extension, and the parts have the start and the footer', async () => {
    const store = await freshStore()
    const plan = {
      query: sql,
      destination: { store, bucket: 'b', prefix: 'out/r', uri: 's3://b/out/r' },
      // A record takes the names of the registry alone.
      format: { ...TOY, name: 'TEXT' as const },
      manifest: 'OFF' as const,
      overwrite: 'OFF' as const,
      ...{ partitionBy: null, maxPartitions: 1, single: false, parallel: null, extension: null },
      compression: compressionOf('NONE'),
      encryption: null,
      maxPartBytes: PART_BYTES,
    }
    const context = {
      runId: 'run-1',
      journal: new RecordingJournal(),
      progress: () => {},
      warn: (warning: string) => expect.fail(warning),
      signal: new AbortController().signal,
      isLast: true,
    }
    const { staged } = await runExport(sessionOf(dialect), plan, context)
    expect(staged.parts.map(({ token }) => token.key)).toEqual(
      staged.parts.map((_, at) => `out/r.part_${String(at).padStart(5, '0')}.toy`),
    )
    const rows = []
    for (const { token } of staged.parts)
      rows.push(...readToy(Buffer.from((await store.read(token))?.bytes ?? []).toString(), COLUMNS))
    expect(rows).toEqual(TABLE)
  })
})

/** Leaving the loop ends the connection to a server. */
async function reopened(dialect: 'mysql' | 'postgres'): Promise<Session> {
  await sessionOf(dialect).close()
  const session =
    dialect === 'mysql'
      ? await openMysql(mysqlUrl(await freshDatabase())).connect('batchquery toy')
      : await openPostgres(postgresUrl(await freshPostgresDatabase())).connect('batchquery toy')
  sessions.set(dialect, session)
  return session
}
