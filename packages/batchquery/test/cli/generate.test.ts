import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { isMariadb } from '../setup/mariadb-client.ts'
import { mariadb, postgres, SUBJECTS } from './generate-subjects.ts'
import { query as queryIn } from './query-databases.ts'
import { documentOf, Workspace } from './workspace.ts'

const STORE = '.batchquery/store/batchquery-s3'
const TO = 's3://batchquery-s3/out'

/** Names that end strings, comments and statements, and that are words of tasks. */
const HOSTILE = [
  'plain',
  'Größe 日本',
  "it's; DROP TABLE plain; --",
  'a"b`c',
  'x/../y%2F',
  '.hidden',
  'back\\slash',
  'INTO OUTFILE S3',
  '/* open',
  ':name',
  '$' + '{HOME}',
  '-- @database other',
]

describe.each(SUBJECTS)('$dialect', ({ open, quote }) => {
  const quotedName = (name: string): string => quote + name.replaceAll(quote, quote + quote) + quote

  test('generate writes a task that exports tables and columns with hostile names', async () => {
    const workspace = await Workspace.create()
    const { environment, run } = await open(workspace)
    await run(
      ...HOSTILE.flatMap((name, at) => [
        `CREATE TABLE ${quotedName(name)} (${quotedName(`c ${name}`)} INTEGER, ${quotedName("s';")} VARCHAR(20))`,
        `INSERT INTO ${quotedName(name)} VALUES (${at}, 'value ${at}'), (NULL, NULL)`,
      ]),
    )
    const args = ['generate', '--tables', '*', '--to', TO, '--format', 'json']
    const written = await workspace.run([...args, '-o', 'task.sql', '--json'], { environment })
    expect(written).toMatchObject({ code: 0 })
    const { exports } = documentOf(written)
    expect(exports.map(({ table }: { table: string }) => table)).toEqual(HOSTILE.toSorted())
    const ended = await workspace.run(['run', 'task.sql', '--run-id', 'r1'], { environment })
    expect(ended).toMatchObject({ code: 0 })
    for (const { table, uri } of exports) {
      const at = HOSTILE.indexOf(table)
      const part = await readFile(
        join(workspace.folder, STORE, `${uri.slice('s3://batchquery-s3/'.length)}.part_00000.json`),
        'utf8',
      )
      const rows = part
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line))
      expect(rows).toEqual([
        { [`c ${table}`]: at, "s';": `value ${at}` },
        { [`c ${table}`]: null, "s';": null },
      ])
    }
    expect(await workspace.run(['verify', 'r1'])).toMatchObject({ code: 0 })
    const again = await workspace.run(args, { environment })
    expect(again.stdout).toBe(await readFile(join(workspace.folder, 'task.sql'), 'utf8'))
    expect(await workspace.run([...args, '-o', 'task.sql'], { environment })).toMatchObject({ code: 5 })
  })

  test('generate names near tables when a pattern matches none', async () => {
    const workspace = await Workspace.create()
    const { environment, schema, run } = await open(workspace)
    await run('CREATE TABLE orders (id INTEGER)', 'CREATE VIEW recent AS SELECT id FROM orders')
    const generate = (...patterns: string[]) =>
      workspace.run(['generate', ...patterns.flatMap(text => ['-t', text]), '--to', TO], { environment })
    const misspelt = await generate('orders', 'oders')
    expect(misspelt).toMatchObject({ code: 2, stdout: '' })
    expect(misspelt.stderr).toContain('--tables "oders" matches no table')
    expect(misspelt.stderr).toContain(`hint: Is it ${schema}.orders?`)
    expect((await generate(`${schema}x.*`)).stderr).toContain(`Is it the schema ${schema}?`)
    expect((await generate('rec*')).stderr).toContain(`matches no table, but a view: ${schema}.recent`)
    expect((await generate('a.b.c')).stderr).toContain('is no SCHEMA.TABLE')
    expect((await generate('recent')).stdout).toContain(quotedName('recent'))
    const all = await generate(`${schema}.*`)
    expect(all.stdout).toContain(quotedName('orders'))
    expect(all.stdout).not.toContain('recent')
  })

  test('200 tables are exported by one task', async () => {
    const workspace = await Workspace.create()
    const { environment, run } = await open(workspace)
    const tables = Array.from({ length: 200 }, (_, at) => `t${String(at).padStart(3, '0')}`)
    await run(...tables.map((name, at) => `CREATE TABLE ${name} AS SELECT ${at} AS n, 'x' AS s`))
    const written = await workspace.run(['generate', '-t', '*', '--to', TO, '-o', 'task.sql'], {
      environment,
    })
    expect(written).toMatchObject({ code: 0 })
    expect(await workspace.run(['run', 'task.sql', '--run-id', 'r1'], { environment })).toMatchObject({
      code: 0,
    })
    const count = await queryIn(
      `SELECT count(*) AS rows, count(DISTINCT n) AS n, sum(n) AS sum FROM '${join(workspace.folder, STORE)}/out/*/*.parquet'`,
      ['--format', 'csv', '-d', 'duckdb::memory:'],
      {},
    )
    expect(count.stdout).toBe('rows,n,sum\n200,200,19900\n')
  })
})

/** Waits until a file exists. */
async function appears(path: string): Promise<void> {
  while ((await readFile(path).catch(() => null)) === null)
    await new Promise(resolve => setTimeout(resolve, 50))
}

test.each([
  { ...SUBJECTS[0], pause: 'SELECT SLEEP(3)' },
  { ...SUBJECTS[1], pause: 'SELECT pg_sleep(3)' },
])('$dialect: a writer between two exports changes neither', async ({ dialect, open, pause }) => {
  const workspace = await Workspace.create()
  const { environment, schema, run } = await open()
  await run('CREATE TABLE a (id INTEGER)', 'CREATE TABLE b (id INTEGER)')
  await run('INSERT INTO a VALUES (1)', 'INSERT INTO b VALUES (1)')
  const args = ['generate', '-t', 'a', '-t', 'b', '--to', TO, '--format', 'csv']
  const { stdout } = await workspace.run(args, { environment })
  const second = stdout.lastIndexOf('SELECT *')
  await writeFile(
    join(workspace.folder, 'task.sql'),
    `${stdout.slice(0, second)}${pause};\n${stdout.slice(second)}`,
  )
  const running = workspace.run(['run', 'task.sql'], { environment })
  await Promise.race([appears(join(workspace.folder, STORE, `out/${schema}/a.part_00000`)), running])
  await run('INSERT INTO a VALUES (2)', 'INSERT INTO b VALUES (2)')
  if (dialect === 'postgres')
    await expect(run("SET lock_timeout = '200ms'", 'TRUNCATE b')).rejects.toThrow('lock timeout')
  expect(await running).toMatchObject({ code: 0 })
  for (const table of ['a', 'b'])
    expect(await readFile(join(workspace.folder, STORE, `out/${schema}/${table}.part_00000`), 'utf8')).toBe(
      'id\n1\n',
    )
})

test('mysql: generate says which tables are not of the moment, and names hidden columns', async () => {
  const workspace = await Workspace.create()
  const { environment, schema, run } = await mariadb()
  const hidden = (await isMariadb()) ? 'INVISIBLE DEFAULT 7' : 'DEFAULT 7 INVISIBLE'
  await run(
    'CREATE TABLE a_isam (id INTEGER) ENGINE = MyISAM',
    'CREATE TABLE b_memory (id INTEGER) ENGINE = MEMORY',
    `CREATE TABLE c_hidden (id INTEGER, h INTEGER ${hidden}, at TIMESTAMP NULL, g INTEGER AS (id + 1))`,
    "INSERT INTO c_hidden (id, at) VALUES (1, '2026-10-25 02:30:00')",
  )
  const generate = (...patterns: string[]) =>
    workspace.run(['generate', ...patterns.flatMap(text => ['-t', text]), '--to', './out'], { environment })
  const all = await generate(`${schema}.*`)
  expect(all.stdout).toContain(
    `--   ${schema}.a_isam (engine MyISAM)\n--   ${schema}.b_memory (engine MEMORY)\n`,
  )
  expect(all.stdout).toContain(
    "SET time_zone = '+00:00';\nSET TRANSACTION ISOLATION LEVEL REPEATABLE READ;\nSTART TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY;\n",
  )
  expect(all.stdout).toContain(`SELECT \`id\`, \`h\`, \`at\`, \`g\` FROM \`${schema}\`.\`c_hidden\`\n`)
  expect(all.stdout).toMatch(/\n\nCOMMIT;\n$/)
  const only = await generate('a_isam')
  expect(only.stdout).toContain('The tables are not of one moment')
  expect(only.stdout).not.toContain('TRANSACTION')
  expect(only.stdout).not.toContain('COMMIT')
  await workspace.write('all.sql', all.stdout)
  expect(await workspace.run(['run', 'all.sql'], { environment })).toMatchObject({ code: 0 })
  const rows = await queryIn(
    `SELECT * FROM '${workspace.folder}/out/${schema}/c_hidden.*.parquet'`,
    ['--format', 'csv', '-d', 'duckdb::memory:'],
    {},
  )
  expect(rows.stdout).toMatch(/^id,h,at,g\n1,7,.*,2\n$/)
})

test('postgres: a partitioned table is exported once, and a parent without its heirs', async () => {
  const workspace = await Workspace.create()
  const { environment, run } = await postgres()
  await run(
    'CREATE TABLE p (id INTEGER) PARTITION BY LIST (id)',
    'CREATE TABLE p_1 PARTITION OF p FOR VALUES IN (1)',
    'CREATE TABLE parent (id INTEGER)',
    'CREATE TABLE heir (more TEXT) INHERITS (parent)',
    'CREATE TABLE nothing ()',
    'CREATE TABLE twins ("a" INTEGER, "A" INTEGER, "a_2" INTEGER)',
    'CREATE MATERIALIZED VIEW m AS SELECT 1 AS x',
    "INSERT INTO p VALUES (1); INSERT INTO parent VALUES (2); INSERT INTO heir VALUES (3, 'x')",
    'INSERT INTO twins VALUES (1, 2, 3)',
  )
  const generated = await workspace.run(['generate', '-t', '*', '--to', './out', '-o', 't.sql'], {
    environment,
  })
  expect(generated.stderr).toContain('public.nothing is not exported: it has no column')
  const sql = await readFile(join(workspace.folder, 't.sql'), 'utf8')
  expect(sql).toContain(
    'LOCK TABLE\n  "public"."heir",\n  "public"."p",\n  ONLY "public"."parent",\n  "public"."twins"\nIN ACCESS SHARE MODE;',
  )
  expect(sql).toContain('-- public.nothing is not exported: it has no column.')
  expect(sql).toContain('SELECT "a", "A" AS "A_3", "a_2" FROM "public"."twins"')
  expect(sql).not.toContain('p_1')
  expect(await workspace.run(['run', 't.sql'], { environment })).toMatchObject({ code: 0 })
  const files = ['p', 'parent', 'heir'].map(
    name => `'${workspace.folder}/out/public/${name}.part_00000.parquet'`,
  )
  const ids = await queryIn(
    `SELECT id FROM read_parquet([${files.join(', ')}], union_by_name = true) ORDER BY id`,
    ['--format', 'csv', '-d', 'duckdb::memory:'],
    {},
  )
  expect(ids.stdout).toBe('id\n1\n2\n3\n')
  const one = await workspace.run(['generate', '-t', 'p_1', '-t', 'm', '--to', './out'], { environment })
  expect(one.stdout).toContain('SELECT * FROM "public"."m"')
  expect(one.stdout).toContain('LOCK TABLE\n  "public"."p_1"\nIN')
})

test('postgres: generate leaves out what the user may not read, and says so', async () => {
  const workspace = await Workspace.create()
  const { environment, run } = await postgres()
  const { port, caFile } = inject('postgres')
  const user = `u${Date.now()}`
  await run(
    'CREATE TABLE piece (a INTEGER, b INTEGER)',
    'CREATE TABLE none (a INTEGER)',
    'CREATE TABLE whole (a INTEGER)',
    'ALTER TABLE whole ENABLE ROW LEVEL SECURITY',
    `CREATE ROLE ${user} LOGIN PASSWORD 'pw-${user}'`,
    `GRANT SELECT (a) ON piece TO ${user}`,
    `GRANT SELECT ON whole TO ${user}`,
  )
  onTestFinished(() => run(`DROP OWNED BY ${user}; DROP ROLE ${user}`))
  const { pathname } = new URL(environment.BATCHQUERY_DATABASE ?? '')
  const url = `postgres://${user}@localhost:${port}${pathname}?sslmode=verify-full&sslrootcert=${caFile}`
  const sql = await expectReadable(
    workspace,
    { BATCHQUERY_DATABASE: url, PGPASSWORD: `pw-${user}` },
    'public',
    '"',
  )
  expect(sql).toContain('-- Its policies (row level security) hide rows that the user may not see.\nSELECT *')
})

/** Generates a task as a user who may read a column of `piece`, nothing of `none`, and `whole`, and runs it. */
async function expectReadable(
  workspace: Workspace,
  environment: NodeJS.ProcessEnv,
  schema: string,
  quote: string,
): Promise<string> {
  const args = ['generate', '-t', '*', '--to', TO, '-o', 'task.sql']
  expect(await workspace.run(args, { environment })).toMatchObject({ code: 0 })
  const sql = await readFile(join(workspace.folder, 'task.sql'), 'utf8')
  expect(sql).toContain(
    `-- The user may not read the column "b".\nSELECT ${quote}a${quote} FROM ${quote}${schema}${quote}.${quote}piece${quote}\n`,
  )
  expect(sql).toContain(`-- ${schema}.none is not exported: the user may not read it.`)
  expect(await workspace.run(['run', 'task.sql'], { environment })).toMatchObject({ code: 0 })
  return sql
}
