// Reads all values of Parquet files by DuckDB with one thread, and reports the time.
import { DuckDBInstance } from '@duckdb/node-api'
import { Stopwatch } from './report.ts'

const files = process.argv.slice(2)
const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
const connection = await instance.connect()
const stopwatch = new Stopwatch()
const from = `read_parquet([${files.map(file => `'${file}'`).join(', ')}])`
const reader = await connection.runAndReadAll(`SELECT count(*), bit_xor(hash(COLUMNS(*))) FROM ${from}`)
await stopwatch.report({ bytes: 0, rows: Number(reader.getRows()[0]?.[0]) })
connection.closeSync()
instance.closeSync()
