import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { duckdb, mariadb, postgres, query } from './query-databases.ts'
import { Workspace } from './workspace.ts'

const STORE = '.batchquery/store/batchquery-s3'

/** A query whose columns have the same names on each database, and the types of the columns in the words of the server. */
const DATABASES = [
  {
    dialect: 'duckdb',
    connect: duckdb,
    sql: "SELECT 7::INTEGER AS id, 1.50::DECIMAL(5, 2) AS price, 'Ünal' AS name, CAST(NULL AS DATE) AS day",
    types: ['INTEGER', 'DECIMAL(5,2)', 'VARCHAR', 'DATE'],
  },
  {
    dialect: 'mysql',
    connect: mariadb,
    sql: "SELECT CAST(7 AS INT) AS id, CAST(1.50 AS DECIMAL(5, 2)) AS price, CONVERT('Ünal' USING utf8mb4) AS name, CAST(NULL AS DATE) AS day",
    types: ['int', 'decimal(5,2)', 'varchar', 'date'],
  },
  {
    dialect: 'postgres',
    connect: postgres,
    sql: "SELECT 7 AS id, 1.50::numeric(5, 2) AS price, 'Ünal'::varchar(20) AS name, NULL::date AS day",
    types: ['integer', 'numeric(5,2)', 'character varying(20)', 'date'],
  },
] as const

test.each(DATABASES)('$dialect: MANIFEST VERBOSE describes the result', async ({ connect, sql, types }) => {
  const workspace = await Workspace.create()
  const environment = await connect()
  const exports = ['PARQUET', 'CSV', 'JSON'].map(
    format => `${sql} INTO OUTFILE S3 's3://batchquery-s3/v/${format}' FORMAT ${format} MANIFEST VERBOSE;`,
  )
  await workspace.write('task.sql', exports.join('\n'))
  const ended = await workspace.run(['run', 'task.sql', '--run-id', 'r1'], { environment })
  expect(ended).toMatchObject({ code: 0 })
  const manifestOf = async (format: string) =>
    JSON.parse(await readFile(`${workspace.folder}/${STORE}/v/${format}.manifest`, 'utf8'))

  const parquet = await manifestOf('PARQUET')
  const [int, decimal, ...others] = parquet.schema.elements
  expect(int).toMatchObject({ name: 'id', source_type: types[0], nullable: true })
  expect(decimal).toEqual({
    ...{ name: 'price', type: { base: 'numeric', precision: 5, scale: 2 } },
    ...{ source_type: types[1], written_type: 'DECIMAL(5,2)', nullable: true },
  })
  expect(others).toEqual([
    {
      ...{ name: 'name', type: { base: 'character varying' } },
      ...{ source_type: types[2], written_type: 'STRING', nullable: true },
    },
    {
      ...{ name: 'day', type: { base: 'date' } },
      ...{ source_type: types[3], written_type: 'DATE', nullable: true },
    },
  ])
  expect(parquet.entries[0].meta.columns).toEqual([
    { name: 'id', null_count: 0, min: '7', max: '7' },
    { name: 'price', null_count: 0, min: '1.50', max: '1.50' },
    { name: 'name', null_count: 0, min: 'Ünal', max: 'Ünal' },
    { name: 'day', null_count: 1, min: null, max: null },
  ])
  expect(parquet.meta).toMatchObject({ run_id: 'r1', level: 'single', record_count: 1, format: 'PARQUET' })
  for (const format of ['CSV', 'JSON']) {
    const { schema, entries } = await manifestOf(format)
    expect(schema.elements.map(({ source_type }: { source_type: string }) => source_type)).toEqual(types)
    expect(entries[0].meta.columns).toBeUndefined()
  }
  expect(await workspace.run(['verify', 'r1'])).toMatchObject({ code: 0 })

  const manifest = `${STORE}/v/PARQUET.manifest`
  await workspace.write(manifest, JSON.stringify(parquet).replace('"null_count":1', '"null_count":0'))
  const verified = await workspace.run(['verify', 'r1'])
  expect(verified).toMatchObject({ code: 6 })
  expect(verified.stdout).toContain('PARQUET.manifest does not agree with what the run published')
})

test('DuckDB takes the list of files from a manifest', async () => {
  const workspace = await Workspace.create()
  await workspace.write(
    'task.sql',
    "SELECT i, i % 7 AS n FROM range(1000) t(i) INTO OUTFILE S3 './out/r' FORMAT PARQUET MANIFEST VERBOSE",
  )
  expect(await workspace.run(['run', 'task.sql'])).toMatchObject({ code: 0 })
  const files = `list_transform(entries, lambda e: replace(e.url, 'file://', '')) FROM read_json('${workspace.folder}/out/r.manifest')`
  const listed = await query(
    `SET VARIABLE files = (SELECT ${files}); SELECT count(*) AS c, sum(i) AS s FROM read_parquet(getvariable('files'))`,
    ['--format', 'csv'],
    { BATCHQUERY_DATABASE: 'duckdb::memory:' },
  )
  expect(listed.stdout).toBe('c,s\n1000,499500\n')
})
