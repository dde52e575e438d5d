import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, inject, test } from 'vitest'
import { adminConnection } from '../setup/mariadb-client.ts'
import { IMAGES } from './podman.ts'
import { imageStage } from './stage.ts'

const { ecs, bucket, environment, workspace, object, define, defineImage, database, databaseUrl } =
  await imageStage()

const EXAMPLES = join(import.meta.dirname, '../../../../examples/article')
const example = (file: string): Promise<string> => readFile(join(EXAMPLES, file), 'utf8')

/** The output in the article. */
const RESULT = Array.from({ length: 10 }, (_, at) => {
  const [id, shown] = [at + 1, at === 8 ? 8 : at + 1].map(number => String(number).padStart(2, '0'))
  return `${at + 1}\tAAAAAAAA${shown}\tBBBBBBBB${id}\n`
}).join('')

const connection = await adminConnection({ database, multipleStatements: true })
await connection.query(await example('table1.sql'))
await connection.end()

beforeEach(() => defineImage())

test('the image exports ten rows to S3 with a quarter of a CPU and a token of the task role, as in the article', async () => {
  const here = await workspace()
  const sql = (await example('batchquery.sql')).replaceAll('batchquery-s3', bucket)
  await here.write('batchquery.sql', sql)
  expect(await here.run(['put', 'batchquery.sql'], { environment })).toMatchObject({ code: 0 })
  const ran = await here.run(['run', `s3://${bucket}/script/batchquery.sql`, '--run-id', 'sql'], {
    environment,
  })
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 })
  expect(await object('output/result.part_00000')).toBe(RESULT)
  expect(ecs.tasks[0].request).toMatchObject({ cpu: 256, memory: 512 })
  const record = JSON.parse(await object('runs/sql/run.json'))
  expect(record).toMatchObject({
    state: 'SUCCEEDED',
    engine: { name: 'fargate' },
    runner: { ecsTask: ecs.tasks[0].arn },
  })
})

test('the runner works with only the command, as when it is started from the console', async () => {
  const here = await workspace()
  await here.write('plain.sql', `SELECT * FROM table1 INTO OUTFILE S3 's3://${bucket}/output/plain'`)
  expect(await here.run(['put', 'plain.sql'], { environment })).toMatchObject({ code: 0 })
  define({
    ...ecs.definitions.get('batchquery'),
    environment: { ...ecs.definitions.get('batchquery')?.environment, BATCHQUERY_BUCKET: bucket },
  })
  const task = ecs.runPlain([bucket, 'script/plain.sql'])
  await task.stopped
  expect(task.describe()).toMatchObject({ containers: [{ exitCode: 0 }] })
  expect(await object('output/plain.part_00000')).toBe(RESULT)
})

test('a task in TypeScript is bundled in the image, and has the library', async () => {
  const here = await workspace()
  await here.write(
    'task.ts',
    `import { connect } from 'batchquery'
const db = await connect()
const rows: { n: number }[] = await db.query('SELECT count(*) AS n FROM table1')
console.log('rows:', String(rows[0].n))
await db.export('SELECT * FROM table1', 's3://${bucket}/output/ts')
await db.close()
`,
  )
  const ran = await here.run(['run', './task.ts'], { environment })
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 })
  expect(ran.stdout).toContain('rows: 10\n')
  expect(await object('output/ts.part_00000')).toBe(RESULT)
})

test('a Python script logs in by token over verified TLS in the variant with Python', async () => {
  defineImage(IMAGES.python)
  const { port, caFile } = inject('mariadb')
  const { region } = inject('tokens')
  const here = await workspace()
  await here.write('batchquery.py', await example('batchquery.py'))
  const variables = {
    DB_HOST: 'localhost',
    DB_PORT: port,
    DB_USER: new URL(databaseUrl).username,
    DB_NAME: database,
    DB_CA: caFile,
    AWS_REGION: region,
    // Aurora writes to S3 itself. This server counts instead.
    STATEMENT: 'SELECT * FROM table1',
  }
  const given = Object.entries(variables).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  const ran = await here.run(['run', './batchquery.py', ...given], { environment })
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 })
  expect(ran.stdout).toContain('10 rows\n')
})

test('a Python script fails in the plain image with the name of the right variant', async () => {
  const here = await workspace()
  await here.write('a.py', 'print(1)')
  const ran = await here.run(['run', './a.py'], { environment })
  expect(ran.code).not.toBe(0)
  expect(ran.stderr).toContain('use the image variant `python`')
})

test('a task on DuckDB fails with the next step', async () => {
  const here = await workspace()
  await here.write('a.sql', `SELECT 1 INTO OUTFILE S3 's3://${bucket}/output/duckdb'`)
  const ran = await here.run(['run', './a.sql', '-d', 'duckdb::memory:'], { environment })
  expect(ran).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('In the container image, name a database with -d'),
  })
})
