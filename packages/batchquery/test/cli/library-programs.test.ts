import { mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { transform } from 'esbuild'
import { execa } from 'execa'
import { expect, inject, test } from 'vitest'
import { LoadingObserver } from '../setup/loaded-sources.ts'
import { freshDatabase } from '../setup/mariadb-client.ts'
import { freshBucket, taskEnvironment } from '../setup/s3-client.ts'
import { Workspace } from './workspace.ts'

const PACKAGE = join(import.meta.dirname, '../..')
const ROOT = join(PACKAGE, '../..')
const example = (name: string): Promise<string> => readFile(join(ROOT, 'examples', name), 'utf8')

/** A folder in which the built package is installed. */
async function installed(): Promise<Workspace> {
  const workspace = await Workspace.create()
  await mkdir(join(workspace.folder, 'node_modules'))
  await symlink(PACKAGE, join(workspace.folder, 'node_modules/batchquery'))
  return workspace
}

/** Runs a program in TypeScript, its types taken away, by Node and nothing else. */
async function run(
  workspace: Workspace,
  source: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<string> {
  const { code } = await transform(source, { loader: 'ts', format: 'esm', target: 'node20' })
  await workspace.write('program.mjs', code)
  const env = { PATH: process.env.PATH, HOME: workspace.folder, ...environment }
  const { stdout } = await execa(process.execPath, ['program.mjs'], {
    cwd: workspace.folder,
    extendEnv: false,
    env,
  })
  return stdout
}

const mysql = (database: string) => {
  const { host, port, user, password } = inject('mariadb')
  return { BATCHQUERY_DATABASE: `mysql://${user}@${host}:${port}/${database}`, MYSQL_PWD: password }
}

const postgres = () => {
  const { port, user, password, database, caFile } = inject('postgres')
  const url = `postgres://${user}@localhost:${port}/${database}?sslmode=verify-full&sslrootcert=${caFile}`
  return { url, PGPASSWORD: password }
}

test('the five lines of the article export the bytes of the task, on DuckDB and on MariaDB', async () => {
  const results: string[] = []
  for (const environment of [{}, mysql(await freshDatabase())]) {
    const workspace = await installed()
    const table = join(ROOT, 'examples/article/table1.sql')
    expect(await workspace.run(['run', table], { environment })).toMatchObject({ code: 0 })
    await run(workspace, await example('library/article.ts'), environment)
    results.push(await workspace.readObject('output/result.part_00000'))
  }
  expect(results[0]).toMatch(/^1\tAAAAAAAA01\tBBBBBBBB01\n(.*\n){8}10\tAAAAAAAA10\tBBBBBBBB10\n$/)
  expect(results[1]).toBe(results[0])
})

test('a script uses two databases', async () => {
  const workspace = await installed()
  const maria = mysql(await freshDatabase())
  const { url, PGPASSWORD } = postgres()
  const environment = {
    ORDERS_DATABASE: maria.BATCHQUERY_DATABASE,
    CUSTOMERS_DATABASE: url,
    MYSQL_PWD: maria.MYSQL_PWD,
    PGPASSWORD,
  }
  await run(
    workspace,
    `import { connect } from 'batchquery'
    const orders = await connect(process.env.ORDERS_DATABASE)
    await orders.execute('CREATE TABLE orders (customer INTEGER, due DATE)')
    await orders.execute("INSERT INTO orders VALUES (1, '2026-10-01'), (2, '2026-12-01'), (3, '2026-09-01')")
    await orders.close()
    const customers = await connect(process.env.CUSTOMERS_DATABASE)
    await customers.execute('DROP TABLE IF EXISTS customers')
    await customers.execute("CREATE TABLE customers AS SELECT n AS id, 'name, ' || n AS name, 'e' AS email FROM generate_series(1, 3) t(n)")
    await customers.close()`,
    environment,
  )
  const stdout = await run(workspace, await example('library/two-databases.ts'), environment)
  expect(stdout).toBe('2 customers in s3://batchquery-s3/output/late-customers.part_00000')
  expect(await workspace.readObject('output/late-customers.part_00000')).toBe(
    'id,name,email\n1,"name, 1",e\n3,"name, 3",e\n',
  )
})

test('a program loads only the drivers and the SDK that it needs when the store is on S3', async () => {
  const bucket = await freshBucket()
  const s3 = { ...(await taskEnvironment(bucket)), ...mysql('') }
  const program = `import { connect } from 'batchquery'
    const db = await connect()
    const { rows, parts } = await db.export('SELECT 1 UNION SELECT 2', \`s3://\${process.env.BATCHQUERY_BUCKET}/output/r\`)
    console.log(rows, parts.length)
    await db.close()`
  const loaded = async (environment: NodeJS.ProcessEnv, source: string): Promise<readonly string[]> => {
    const observer = await LoadingObserver.create()
    await run(await installed(), source, { ...environment, ...observer.environment })
    const [{ packages }] = await observer.loaded()
    const costly = ['commander', 'mysql2', 'pg', '@duckdb/node-api', '@aws-sdk/client-s3', 'yaml']
    return costly.filter(name => packages.includes(name))
  }
  expect(await loaded(s3, program)).toEqual(['mysql2', '@aws-sdk/client-s3'])
  expect(
    await loaded({}, "import { connect } from 'batchquery'\nconst db = await connect()\nawait db.close()"),
  ).toEqual(['@duckdb/node-api'])
  expect(await loaded({}, "import 'batchquery'")).toEqual([])
})

test('the programs of the README and of docs/library.md run unchanged', async () => {
  const documents = await Promise.all(
    ['README.md', 'docs/library.md'].map(name => readFile(join(ROOT, name), 'utf8')),
  )
  const programs = documents.flatMap(text =>
    [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, program]) => program),
  )
  expect(programs).toHaveLength(5)
  const workspace = await installed()
  await workspace.write(
    'report.sql',
    "-- @param month date\nSELECT :month AS m INTO OUTFILE S3 's3://batchquery-s3/output/report'",
  )
  const printed: string[] = []
  for (const program of programs) printed.push(await run(workspace, program))
  expect(printed[2]).toBe("2\n[ { id: 1n, amount: '12.50' }, { id: 2n, amount: '7.00' } ]\n1n\n2n")
  expect(printed[3]).toBe('1000 true')
  expect(printed[4]).toBe('SUCCEEDED 1 4')
})
