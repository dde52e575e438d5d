import { join } from 'node:path'
import * as zlib from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { newerNode } from '../setup/newer-node.ts'
import { PROGRAM, Workspace } from './workspace.ts'

const ROWS = 300_000
const QUERY = `SELECT i, 'name ' || i, CASE WHEN i % 3 > 0 THEN 'note' END FROM range(${ROWS}) t(i)`
const STORE = '.batchquery/store/batchquery-s3'

/** What DuckDB's own reader makes of the parts; it goes by the names' endings. */
async function readBack(workspace: Workspace, pattern: string): Promise<unknown> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const files = join(workspace.folder, STORE, pattern)
  const reader = await connection.runAndReadAll(
    `SELECT count(*)::INT, sum(column0::BIGINT)::BIGINT, count(DISTINCT column1)::INT, count(*) FILTER (column2 = '\\N')::INT
     FROM read_csv('${files}', delim = '\t', quote = '', escape = '', header = false, all_varchar = true,
                   columns = {'column0': 'VARCHAR', 'column1': 'VARCHAR', 'column2': 'VARCHAR'})`,
  )
  connection.closeSync()
  return reader.getRowsJson()[0]
}

const SEEN = [ROWS, String((ROWS * (ROWS - 1)) / 2), ROWS, ROWS / 3]
const statement = (clauses: string) => `${QUERY} INTO OUTFILE S3 's3://batchquery-s3/output/r' ${clauses}`

test('GZIP parts are read by another reader', async () => {
  const workspace = await Workspace.create()
  const { code, stderr } = await workspace.runSql(statement('COMPRESSION GZIP MAXFILESIZE 2 MB MANIFEST ON'))
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect((await workspace.files(`${STORE}/output`)).length).toBeGreaterThan(3)
  expect(await readBack(workspace, 'output/r.part_*.gz')).toEqual(SEEN)
})

test('ZSTD parts are written by a Node that has it, and read by another reader', async () => {
  const workspace = await Workspace.create()
  await workspace.write('task.sql', statement('COMPRESSION ZSTD MAXFILESIZE 2 MB'))
  const options = { cwd: workspace.folder, env: { HOME: workspace.folder } }
  await execa(await newerNode(), [PROGRAM, 'run', './task.sql'], options)
  expect((await workspace.files(`${STORE}/output`)).length).toBeGreaterThan(3)
  expect(await readBack(workspace, 'output/r.part_*.zst')).toEqual(SEEN)
})

test('a Node without ZSTD refuses it', async () => {
  const workspace = await Workspace.create()
  const { code, stderr } = await workspace.runSql(statement('COMPRESSION ZSTD'))
  if ('zstdCompress' in zlib) expect(code).toBe(0)
  else expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('ZSTD needs Node 22.15') })
})
