import { writeFileSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'
import { passwordCredentials } from '/work/wt-pg/packages/batchquery/src/database/password-credentials.ts'
import { PostgresDatabase } from '/work/wt-pg/packages/batchquery/src/database/postgres/postgres-database.ts'
import { parseDatabaseUrl } from '/work/wt-pg/packages/batchquery/src/database/url.ts'
import { BlockPool, planFormat, NO_FORMAT_CLAUSES } from '/work/wt-pg/packages/batchquery/src/format/index.ts'
const E = process.env
const parsed = parseDatabaseUrl(`postgres://${E.PGUSER}:${E.PGPASSWORD}@localhost:${E.PGPORT}/postgres?sslmode=verify-full&sslrootcert=${encodeURIComponent(E.CA)}`)
const db = new PostgresDatabase(parsed, passwordCredentials(parsed, {}))
const session = await db.connect('try')
const sql = process.argv[2]
const stream = await session.stream(sql, { format: planFormat({ ...NO_FORMAT_CLAUSES, format: 'PARQUET' }), pool: new BlockPool(65536, 3), maxPartBytes: 1e12 })
const blocks = []
for await (const b of stream) { blocks.push(Buffer.from(b.bytes)); b.release() }
writeFileSync('/tmp/pg-h/out.parquet', Buffer.concat(blocks))
console.log('rows', stream.rowsRead)
await session.close()
const c = await (await DuckDBInstance.create(':memory:')).connect()
console.log((await c.runAndReadAll(`DESCRIBE SELECT * FROM '/tmp/pg-h/out.parquet'`)).getRows().map(r => r.slice(0,2).join(' ')).join(', '))
console.log((await c.runAndReadAll(`SELECT * FROM '/tmp/pg-h/out.parquet' LIMIT 20`)).getRowsJson())
