import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { ROWS, type Subject, selectItems } from './subject.ts'

const FILL = `CREATE TABLE items AS SELECT i::INTEGER AS id,
  CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN '日本語 ' || i ELSE 'plain words that fill the line, ' || i END AS note,
  (i / 7)::DECIMAL(12,2) AS amount FROM range(1, ${ROWS + 1}) t(i)`

/** A condition that becomes true after years. */
const NEVER = '(SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range = -b.range) > 0'

/** FORMAT TEXT for values that need no escapes. */
const AS_TEXT = `(FORMAT csv, HEADER false, DELIMITER '\t', QUOTE '', ESCAPE '', NULLSTR '\\N')`

/** The oracle is DuckDB's own COPY. Each trial has a copy of the file. */
export async function duckdbSubject(parent: string): Promise<Subject> {
  const folder = await mkdtemp(join(parent, 'duckdb-'))
  const file = join(folder, 'items.duckdb')
  const run = async (sql: string): Promise<void> => {
    const instance = await DuckDBInstance.create(file)
    const connection = await instance.connect()
    await connection.run(sql)
    connection.closeSync()
    instance.closeSync()
  }
  await run(FILL)
  return {
    dialect: 'duckdb',
    address: null,
    query: (rows, seconds) => selectItems(rows, seconds === undefined ? undefined : NEVER),
    async expected(rows) {
      const path = join(folder, `rows-${rows}`)
      await run(`COPY (${selectItems(rows)}) TO '${path}' ${AS_TEXT}`)
      const bytes = await readFile(path)
      await rm(path)
      return bytes
    },
    async connect(_name, trialFolder) {
      const own = join(trialFolder, 'items.duckdb')
      await copyFile(file, own)
      return { url: `duckdb:${own}`, environment: {} }
    },
    addUser: async () => {},
    sessions: async () => [],
    close: () => rm(folder, { recursive: true }),
  }
}
