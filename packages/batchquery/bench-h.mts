import { closeSync, openSync, writeSync } from 'node:fs'
import { passwordCredentials } from './src/database/password-credentials.ts'
import { PostgresDatabase } from './src/database/postgres/postgres-database.ts'
import { parseDatabaseUrl } from './src/database/url.ts'
import { BlockPool, planFormat, NO_FORMAT_CLAUSES } from './src/format/index.ts'
const E = process.env
const parsed = parseDatabaseUrl(`postgres://${E.PGUSER}:${E.PGPASSWORD}@localhost:${E.PGPORT}/postgres?socket=${E.PGHOST}`)
const db = new PostgresDatabase(parsed, passwordCredentials(parsed, {}))
const modes = { TEXT: { format: 'TEXT' }, NONE: { format: 'PARQUET', compression: 'NONE' }, SNAPPY: { format: 'PARQUET', compression: 'SNAPPY' } } as const
const queries: Record<string, string> = { narrow: 'SELECT * FROM table1', wide: 'SELECT * FROM wide', ten: 'SELECT * FROM ten', cast: 'SELECT *, ARRAY[id] a, id::text::inet_dummy FROM ten' }
const names = (E.Q ?? 'narrow,wide,ten').split(','), rounds = Number(E.R ?? 3), which = (E.M ?? 'TEXT,NONE,SNAPPY').split(',')
const results = new Map<string, number[][]>()
for (let r = 0; r < rounds; r++) for (const q of names) for (const m of which) {
  const session = await db.connect('bench')
  const c0 = process.cpuUsage(), t0 = performance.now()
  const clauses = { ...NO_FORMAT_CLAUSES, ...modes[m as keyof typeof modes] }
  const stream = await session.stream(queries[q] ?? q, { format: planFormat(clauses), pool: new BlockPool(8 << 20, 4), maxPartBytes: 6e9 })
  const fd = openSync('/tmp/pg-h/bench.out', 'w')
  let bytes = 0
  for await (const b of stream) { writeSync(fd, b.bytes); bytes += b.bytes.length; b.release() }
  closeSync(fd)
  const c = process.cpuUsage(c0)
  const key = `${q} ${m}`
  if (!results.has(key)) results.set(key, [])
  results.get(key)!.push([c.user / 1e6, c.system / 1e6, (performance.now() - t0) / 1e3, bytes / 1e6])
  await session.close()
}
for (const [k, v] of results) { const s = v.sort((a, b) => a[0] + a[1] - b[0] - b[1])[v.length >> 1]; console.log(k.padEnd(16), `user ${s[0].toFixed(2)} sys ${s[1].toFixed(2)} cpu ${(s[0] + s[1]).toFixed(2)} wall ${s[2].toFixed(2)} MB ${s[3].toFixed(1)} rss ${(process.memoryUsage().rss/1e6).toFixed(0)}`) }
