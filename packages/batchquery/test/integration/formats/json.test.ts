import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { DuckdbDatabase } from '../../../src/database/duckdb/duckdb-database.ts'
import { BlockPool, JSON_LINES, NO_FORMAT_CLAUSES } from '../../../src/format/index.ts'
import { freshDatabase } from '../../setup/mariadb-client.ts'
import { freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { LITERALS, PIECES, query, type Table } from '../csv/hard-rows.ts'
import { serverUrl as mysqlUrl, openDatabase as openMysql } from '../mysql/session.ts'
import { openDatabase as openPostgres, serverUrl as postgresUrl } from '../postgres/session.ts'

const TABLE: Table = PIECES.map((piece, row) => [piece, row % 3 === 0 ? null : '', `${piece}\\${piece}`])

const sessions = new Map<keyof typeof LITERALS, Session>()

beforeAll(async () => {
  sessions.set('mysql', await openMysql(mysqlUrl(await freshDatabase())).connect('batchquery json'))
  const database = await freshPostgresDatabase()
  sessions.set('postgres', await openPostgres(postgresUrl(database)).connect('batchquery json'))
  sessions.set('duckdb', await new DuckdbDatabase(':memory:').connect())
})

afterAll(async () => {
  for (const session of sessions.values()) await session.close()
})

describe.each(['mysql', 'postgres', 'duckdb'] as const)('JSON from %s', dialect => {
  async function rowsOf(sql: string): Promise<unknown[]> {
    const stream = await sessions.get(dialect)?.stream(sql, {
      format: JSON_LINES.plan({ ...NO_FORMAT_CLAUSES, characterSet: 'utf8mb4' }),
      pool: new BlockPool(64 * 1024, 4),
      maxPartBytes: Number.MAX_SAFE_INTEGER,
    })
    const blocks: Buffer[] = []
    for await (const block of stream ?? []) {
      blocks.push(Buffer.from(block.bytes))
      block.release()
    }
    const lines = Buffer.concat(blocks).toString().split('\n')
    expect(lines.pop()).toBe('')
    expect(lines).toHaveLength(stream?.rowsRead ?? -1)
    return lines.map(line => JSON.parse(line))
  }

  test('has every text, NULL and the empty string', async () => {
    const rows = await rowsOf(query(TABLE, 3, LITERALS[dialect]))
    expect(rows).toEqual(TABLE.map(([c0, c1, c2]) => ({ c0, c1, c2 })))
  })

  test('has every row when the names of the columns are longer than a row may be', async () => {
    const names = Array.from({ length: 1_000 }, (_, at) => `a_column_with_a_long_name_${at}`)
    const values = names.map(
      (name, at) => `${at % 3 === 0 ? 'NULL' : at % 3 === 1 ? at : `'x${at}'`} AS ${name}`,
    )
    const row = Object.fromEntries(names.map((name, at) => [name, [null, at, `x${at}`][at % 3]]))
    const select = `SELECT ${values.join(', ')}`
    expect(await rowsOf(`${select} UNION ALL ${select} UNION ALL ${select}`)).toEqual([row, row, row])
  })

  test('has a value that is longer than a block', async () => {
    const [row] = await rowsOf('SELECT 1 AS n, REPEAT(\'long "text", \', 20000) AS t, 2 AS m')
    expect(row).toEqual({ n: 1, t: 'long "text", '.repeat(20_000), m: 2 })
  })
})
