import { expect, inject, test } from 'vitest'
import { freshDatabase } from '../setup/mariadb-client.ts'
import { freshPostgresDatabase } from '../setup/postgres-client.ts'
import { Workspace } from './workspace.ts'

/** A month-end batch: parameters, a temporary table, INSERT ... SELECT, two exports. The same on every dialect. */
const TASK = `-- The figures of a month.
-- @param month date
-- @param regions text[] = north,south
-- @param note text = 'it''s done; -- no comment, no ''quote'''
-- @param least decimal = 0.5
-- @timeout 10m
CREATE TABLE orders (id INTEGER, region VARCHAR(20), ordered DATE, amount DECIMAL(12, 2));
INSERT INTO orders VALUES (1, 'north', '2026-11-03', 10.50), (2, 'south', '2026-11-09', 20.25), (3, 'east', '2026-11-10', 7.00),
  (4, 'north', '2026-10-31', 99.99), (5, 'north', '2026-11-30', 0.25);
CREATE TEMPORARY TABLE chosen (region VARCHAR(20), amount DECIMAL(12, 2), note VARCHAR(80));
INSERT INTO chosen SELECT region, amount, :note FROM orders
  WHERE ordered >= :month AND region IN (:regions) AND amount > :least;
SELECT region, amount FROM chosen ORDER BY amount
  INTO OUTFILE S3 's3://batchquery-s3/output/rows-' :month FORMAT CSV HEADER;
SELECT region, SUM(amount) AS total, MIN(note) AS note FROM chosen GROUP BY region ORDER BY region
  INTO OUTFILE S3 's3://batchquery-s3/output/totals' OVERWRITE ON;
`
const NOTE = "it's done; -- no comment, no 'quote'"

const DATABASES: [string, () => Promise<NodeJS.ProcessEnv>][] = [
  ['duckdb', async () => ({})],
  [
    'mysql',
    async () => {
      const { port, user, password } = inject('mariadb')
      const database = await freshDatabase()
      return { BATCHQUERY_DATABASE: `mysql://${user}@127.0.0.1:${port}/${database}`, MYSQL_PWD: password }
    },
  ],
  [
    'postgres',
    async () => {
      const { port, user, password, caFile } = inject('postgres')
      const database = await freshPostgresDatabase()
      const tls = `sslmode=verify-full&sslrootcert=${caFile}`
      return {
        BATCHQUERY_DATABASE: `postgres://${user}@localhost:${port}/${database}?${tls}`,
        PGPASSWORD: password,
      }
    },
  ],
]

test.each(DATABASES)('the month-end batch runs on %s', async (_dialect, connect) => {
  const environment = await connect()
  const workspace = await Workspace.create()
  const ended = await workspace.runSql(TASK, ['-p', 'month=2026-11-01', '-p', 'regions=["north","south"]'], {
    environment,
  })
  expect(ended).toMatchObject({ code: 0 })
  expect(await workspace.readObject('output/rows-2026-11-01.part_00000')).toBe(
    'region,amount\nnorth,10.50\nsouth,20.25\n',
  )
  expect(await workspace.readObject('output/totals.part_00000')).toBe(
    `north\t10.50\t${NOTE}\nsouth\t20.25\t${NOTE}\n`,
  )
  expect((await workspace.record()).params).toEqual({ month: '2026-11-01', regions: '["north","south"]' })
})

test.each([
  ['a parameter that is missing', [], 2, 'the run has no value for month'],
  ['one that the task does not know', ['-p', 'month=2026-11-01', '-p', 'mouth=x'], 2, 'mouth'],
  ['a value of another type', ['-p', 'month=2026-13-45'], 2, '2026-13-45'],
  ['no parameter at all', ['-p', 'month'], 2, '"month" is not a parameter'],
  ['a file that is not there', ['-p', 'month=@nowhere.txt'], 2, 'nowhere.txt'],
])(
  '%s ends with exit code 2, the actual value, and nothing published',
  async (_name, args, code, message) => {
    const workspace = await Workspace.create()
    const ended = await workspace.runSql(TASK, args)
    expect(ended).toMatchObject({ code, stderr: expect.stringContaining(message) })
    expect(ended.stderr).toContain('hint: ')
    expect(await workspace.results()).toEqual([])
  },
)

test('a secret from a file appears nowhere', async () => {
  const workspace = await Workspace.create()
  await workspace.write('secret.txt', 'hunter-2-secret\n')
  const task = '-- @param key secret\nSELECT :key AS used, no_such_function(:key);'
  const open = await workspace.runSql(task, ['-p', 'key=hunter-2-secret'])
  expect(open).toMatchObject({ code: 2, stderr: expect.stringContaining('is a secret') })
  const ended = await workspace.runSql(task, ['-p', 'key=@secret.txt', '-v'])
  expect(ended.code).toBe(1)
  expect(ended.stderr).not.toContain('hunter-2')
  for (const file of await workspace.files('.batchquery'))
    expect(await workspace.read(`.batchquery/${file}`)).not.toContain('hunter-2')
  expect((await workspace.record()).params).toEqual({ key: '***' })
})

test('the database of a task takes precedence over batchquery.yaml, and not over a flag or a variable', async () => {
  const workspace = await Workspace.create()
  const databases = ['main', 'other', 'third'].map(name => `  ${name}: { url: "duckdb:${name}.duckdb" }\n`)
  await workspace.write('batchquery.yaml', `database: main\ndatabases:\n${databases.join('')}`)
  await workspace.write('plain.sql', 'SELECT 1')
  await workspace.write('named.sql', '-- @database other\nSELECT 1')
  await workspace.write('wrong.sql', '-- @database nowhere\nSELECT 1')
  const ranOn = async (task: string, id: string, args: readonly string[], environment = {}) => {
    await workspace.run(['run', task, '--run-id', id, ...args], { environment })
    return (await workspace.record(id)).databases.map(({ name }: { name: string }) => name)
  }
  expect(await ranOn('plain.sql', 'a', [])).toEqual(['main'])
  expect(await ranOn('named.sql', 'b', [])).toEqual(['other'])
  expect(await ranOn('named.sql', 'c', ['-d', 'third'])).toEqual(['third'])
  expect(await ranOn('named.sql', 'd', [], { BATCHQUERY_DATABASE: 'third' })).toEqual(['third'])
  const planned = await workspace.run(['run', 'named.sql', '--dry-run', '--json'])
  expect(JSON.parse(planned.stdout).database.name).toBe('other')
  const wrong = await workspace.run(['run', 'wrong.sql'])
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('"nowhere"') })
})
