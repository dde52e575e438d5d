// Runs statements in a DuckDB file, one after the other, and times them all: to fill the tables, and for DuckDB's own
// COPY to a file.
import { DuckDBInstance } from '@duckdb/node-api'
import { Stopwatch } from './report.ts'

const [file, ...statements] = process.argv.slice(2)
const instance = await DuckDBInstance.create(file)
const connection = await instance.connect()
const stopwatch = new Stopwatch()
for (const statement of statements) await connection.run(statement)
await stopwatch.report({ bytes: 0 })
connection.closeSync()
instance.closeSync()
