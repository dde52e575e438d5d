// `npm run typecheck` is the test: code that must compile does, and the rest does not.
import {
  type Connection,
  connect,
  type ExportedResult,
  type Row,
  type RunRecord,
  sql,
  submit,
  wait,
} from '../../src/index.ts'

export async function compiles(): Promise<void> {
  await using db: Connection = await connect()
  const rows: Row[] = await db.query('SELECT 1 AS one')
  const [typed] = await db.query<{ id: bigint; name: string | null }>(
    sql`SELECT * FROM t WHERE id IN (${[1, 2n]})`,
  )
  const id: bigint | undefined = typed?.id
  for await (const { name } of db.stream<{ name: string }>('SELECT name FROM t')) name.toUpperCase()
  const { affectedRows } = await db.execute(
    sql`DELETE FROM ${sql.identifier('s', 't')} WHERE id = ${id ?? null}`,
  )
  const changed: number | null = affectedRows
  const result: ExportedResult = await db.export('TABLE t', './out/t', {
    format: 'CSV',
    maxFileSize: '256 MB',
    compression: 'GZIP',
    signal: AbortSignal.timeout(1000),
  })
  await db.export('TABLE t', './out/t', { format: 'PARQUET', compression: 'SNAPPY', rowGroupSize: '8 MB' })
  await db.export('TABLE t', './out/t', {
    format: 'PARQUET',
    types: { id: 'INT64 NOT NULL', price: 'DECIMAL(10,2)', at: 'TIMESTAMPTZ' },
    invalidDates: 'ERROR',
  })
  const record: RunRecord = await submit('./task.sql', { params: { day: '2026-11-23', n: 5, big: 5n } })
  const { state } = await wait(record.id)
  if (state === 'SUCCEEDED') console.log(rows, changed, result.parts[0]?.sha256)
}

export async function doesNotCompile(db: Connection): Promise<void> {
  // @ts-expect-error: a value without a literal
  sql`SELECT ${{ a: 1 }}`
  // @ts-expect-error: undefined is not NULL
  sql`SELECT ${undefined}`
  // @ts-expect-error: no list in a list
  sql`SELECT ${[[1]]}`
  // @ts-expect-error: a name is text
  sql.identifier(1)
  // @ts-expect-error: values go into a template
  await db.query('SELECT ?', [1])
  // @ts-expect-error: a row is an object
  await db.query<number>('SELECT 1')
  // @ts-expect-error: the destination is missing
  await db.export('SELECT 1')
  // @ts-expect-error: no such format
  await db.export('SELECT 1', './out', { format: 'ORC' })
  // @ts-expect-error: no such compression
  await db.export('SELECT 1', './out', { format: 'PARQUET', compression: 'LZ4' })
  // @ts-expect-error: a row group has no gigabytes
  await db.export('SELECT 1', './out', { format: 'PARQUET', rowGroupSize: '1 GB' })
  // @ts-expect-error: no such type
  await db.export('SELECT 1', './out', { format: 'PARQUET', types: { id: 'BIGINT' } })
  // @ts-expect-error: a decimal has a precision
  await db.export('SELECT 1', './out', { format: 'PARQUET', types: { id: 'DECIMAL' } })
  // @ts-expect-error: a size has a unit
  await db.export('SELECT 1', './out', { maxFileSize: '256' })
  // @ts-expect-error: a misspelled option
  await db.export('SELECT 1', './out', { overwite: true })
  // @ts-expect-error: rows come one by one
  await db.stream('SELECT 1').length
  // @ts-expect-error: a result is read-only
  ;(await db.export('SELECT 1', './out')).rows = 0
  // @ts-expect-error: no such state
  if ((await wait('r1')).state === 'DONE') return
  // @ts-expect-error: a private member
  db.turns
}
