import { randomBytes } from 'node:crypto'
import { chmod } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { AuroraFront } from '../../aurora/aurora-front.ts'
import { freshDatabase, runAsAdmin } from '../../setup/mariadb-client.ts'
import { numbers } from '../../setup/mysql-numbers.ts'
import { adminClient, freshBucket, taskEnvironment } from '../../setup/s3-client.ts'
import { documentOf, PROGRAM, Workspace } from '../workspace.ts'
import { environmentOf, example, mariadb, postgres } from './places.ts'

test("article, by the library: the bytes of the task in SQL, and the export is the run's own", async () => {
  const environment = environmentOf(await mariadb())
  const results: string[] = []
  for (const task of ['article/batchquery.sql', 'library/article.ts']) {
    const workspace = await Workspace.create()
    expect(await workspace.run(['run', example('article/table1.sql')], { environment })).toMatchObject({
      code: 0,
    })
    const ended = await workspace.run(['run', example(task), '--json'], { environment })
    expect(documentOf(ended), ended.stderr).toMatchObject({
      state: 'SUCCEEDED',
      exports: [{ uri: 's3://batchquery-s3/output/result', state: 'PUBLISHED', rows: 10 }],
    })
    results.push(await workspace.readObject('output/result.part_00000'))
  }
  expect(results[1]).toBe(results[0])
})

test('two databases in one script, by their names in batchquery.yaml', async () => {
  const [orders, customers] = await Promise.all([mariadb(), postgres()])
  const workspace = await Workspace.create()
  await workspace.write(
    'batchquery.yaml',
    `databases:\n  orders: { url: "${orders.url}" }\n  customers: { url: "${customers.url}" }\n`,
  )
  await workspace.write(
    'orders.sql',
    "CREATE TABLE orders (customer INTEGER, due DATE); INSERT INTO orders VALUES (1, '2026-10-01'), (2, '2026-12-01'), (3, '2026-09-01')",
  )
  await workspace.write(
    'customers.sql',
    "CREATE TABLE customers AS SELECT n AS id, 'name, ' || n AS name, 'e' AS email FROM generate_series(1, 3) t(n)",
  )
  const environment = { ...orders.password, ...customers.password }
  for (const name of ['orders', 'customers'])
    expect(await workspace.run(['run', `${name}.sql`, '-d', name], { environment })).toMatchObject({
      code: 0,
    })
  const names = ['-e', 'ORDERS_DATABASE=orders', '-e', 'CUSTOMERS_DATABASE=customers']
  const ended = await workspace.run(['run', example('library/two-databases.ts'), ...names], { environment })
  expect(ended, ended.stderr).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /^2 customers in s3:\/\/batchquery-s3\/output\/late-customers\.part_00000\n/,
    ),
  })
  expect(await workspace.readObject('output/late-customers.part_00000')).toBe(
    'id,name,email\n1,"name, 1",e\n3,"name, 3",e\n',
  )
})

test('notification: the hook gets the record of the export', async () => {
  const workspace = await Workspace.create()
  await workspace.write('batchquery', `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`)
  await chmod(join(workspace.folder, 'batchquery'), 0o755)
  await workspace.write('hook.sh', 'cat > "$HOME/told.json"')
  const environment = { PATH: [workspace.folder, process.env.PATH].join(delimiter) }
  const line = ['run', example('notification'), '-e', 'HOOK=./hook.sh', '--run-id', 'r1']
  const { code, stderr } = await workspace.run(line, { environment })
  expect(code, stderr).toBe(0)
  expect(JSON.parse(await workspace.read('told.json'))).toMatchObject({
    id: 'r1-export',
    state: 'SUCCEEDED',
    exports: [{ uri: 's3://batchquery-s3/output/orders', rows: 1000 }],
  })
  expect(await workspace.record()).toMatchObject({ outputs: [{ uri: 's3://batchquery-s3/output/orders' }] })
})

test('python: from MariaDB to radosgw, the password from the environment', async () => {
  const { port, user, password } = inject('mariadb')
  const database = await freshDatabase()
  await runAsAdmin(
    `CREATE TABLE ${database}.orders (customer VARCHAR(10))`,
    `INSERT INTO ${database}.orders VALUES ('a'), ('b'), ('a')`,
  )
  const bucket = await freshBucket()
  const workspace = await Workspace.create()
  const environment = {
    ...(await taskEnvironment(bucket)),
    AWS_CA_BUNDLE: inject('s3').caFile,
    // Debian's Python, which has Debian's packages.
    PATH: ['/usr/bin', process.env.PATH].join(delimiter),
    DB_URL: `mysql://${user}@127.0.0.1:${port}/${database}`,
    DB_PASSWORD: password,
  }
  const given = ['-e', 'DB_URL', '-e', 'DB_PASSWORD', '--json', '--', bucket, 'output/orders.csv']
  const ended = await workspace.run(['run', example('python/orders.py'), ...given], { environment })
  expect(ended.code, ended.stderr).toBe(0)
  expect(JSON.parse(ended.stdout)).toMatchObject({
    state: 'SUCCEEDED',
    outputs: [{ uri: `s3://${bucket}/output/orders.csv`, rows: 2, bytes: 8 }],
  })
  const object = await adminClient().getObject({ Bucket: bucket, Key: 'output/orders.csv' })
  expect(await object.Body?.transformToString()).toBe('a,2\nb,1\n')
})

describe("article/batchquery.py: the article's own script, in two halves", () => {
  /** Debian's Python, which has Debian's packages. */
  const PATH = ['/usr/bin', process.env.PATH].join(delimiter)
  const given = ['DB_HOST', 'DB_PORT', 'DB_USER', 'DB_NAME'].flatMap(name => ['-e', name])

  test('the login: a token of boto3, over TLS', async () => {
    const { service, allowed, forbidden, region } = inject('tokens')
    const { port, caFile, database } = inject('mariadb')
    const user = `article_${randomBytes(4).toString('hex')}`
    await runAsAdmin(`CREATE USER ${user}@'%' IDENTIFIED VIA pam USING '${service}' REQUIRE SSL`)
    onTestFinished(() => runAsAdmin(`DROP USER ${user}@'%'`))
    const workspace = await Workspace.create()
    const run = ({ accessKeyId, secretAccessKey, sessionToken }: typeof allowed) =>
      workspace.run(
        ['run', example('article/batchquery.py'), ...given, '-e', 'DB_CA', '-e', 'STATEMENT=DO 0'],
        {
          environment: {
            PATH,
            DB_HOST: 'localhost',
            DB_PORT: String(port),
            DB_USER: user,
            DB_NAME: '',
            DB_CA: caFile,
            AWS_REGION: region,
            AWS_ACCESS_KEY_ID: accessKeyId,
            AWS_SECRET_ACCESS_KEY: secretAccessKey,
            AWS_SESSION_TOKEN: sessionToken,
          },
        },
      )
    expect(await run(allowed), database).toMatchObject({ code: 0, stdout: '0 rows\n' })
    expect(await run(forbidden)).toMatchObject({ code: 1, stderr: expect.stringMatching(/Access denied/) })
  })

  test('the export: by an Aurora', async () => {
    const front = new URL((await AuroraFront.start()).url)
    const database = await freshDatabase()
    await runAsAdmin(`CREATE TABLE ${database}.table1 AS SELECT seq AS id, 'a' AS attr1 FROM ${numbers(3)}`)
    const bucket = await freshBucket()
    const workspace = await Workspace.create()
    const environment = {
      ...(await taskEnvironment(bucket)),
      PATH,
      DB_HOST: '127.0.0.1',
      DB_PORT: front.port,
      DB_USER: front.username,
      DB_NAME: database,
      DB_PASSWORD: inject('mariadb').password,
    }
    const line = ['run', example('article/batchquery.py'), ...given, '-e', 'DB_PASSWORD']
    const ended = await workspace.run(line, { environment })
    expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: '3 rows\n' })
    const object = await adminClient().getObject({ Bucket: bucket, Key: 'output/result.part_00000' })
    expect(await object.Body?.transformToString()).toBe('1\ta\n2\ta\n3\ta\n')
  })
})
