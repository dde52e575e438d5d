import { chmod, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { STATEMENT } from '../../src/cli/article.ts'
import { freshDatabase, runAsAdmin } from '../setup/mariadb-client.ts'
import { adminClient, freshBucket, taskEnvironment } from '../setup/s3-client.ts'
import { PROGRAM, Workspace } from './workspace.ts'

const EXAMPLES = join(import.meta.dirname, '../../../../examples')
const article = (name: string) => join(EXAMPLES, 'article', name)

test('the statement of the example is that of the demo', async () => {
  expect(await readFile(article('batchquery.sql'), 'utf8')).toBe(`${STATEMENT}\n`)
})

test('article: the same bytes from DuckDB and from MariaDB', async () => {
  const { host, port, user, password } = inject('mariadb')
  const url = `mysql://${user}@${host}:${port}/${await freshDatabase()}`
  const results: string[] = []
  for (const environment of [{}, { BATCHQUERY_DATABASE: url, MYSQL_PWD: password }]) {
    const workspace = await Workspace.create()
    for (const name of ['table1.sql', 'batchquery.sql']) {
      const { code, stderr } = await workspace.run(['run', article(name)], { environment })
      expect(code, stderr).toBe(0)
    }
    results.push(await workspace.readObject('output/result.part_00000'))
  }
  expect(results[0]).toMatch(/^1\tAAAAAAAA01\tBBBBBBBB01\n(.*\n){8}10\tAAAAAAAA10\tBBBBBBBB10\n$/)
  expect(results[1]).toBe(results[0])
})

test('notification: the hook gets the record of the export', async () => {
  const workspace = await Workspace.create()
  await workspace.write('batchquery', `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`)
  await chmod(join(workspace.folder, 'batchquery'), 0o755)
  await workspace.write('hook.sh', 'cat > "$HOME/told.json"')
  const environment = { PATH: [workspace.folder, process.env.PATH].join(delimiter) }
  const line = ['run', join(EXAMPLES, 'notification'), '-e', 'HOOK=./hook.sh', '--run-id', 'r1']
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
  const ended = await workspace.run(['run', join(EXAMPLES, 'python/orders.py'), ...given], { environment })
  expect(ended.code, ended.stderr).toBe(0)
  expect(JSON.parse(ended.stdout)).toMatchObject({
    state: 'SUCCEEDED',
    outputs: [{ uri: `s3://${bucket}/output/orders.csv`, rows: 2, bytes: 8 }],
  })
  const object = await adminClient().getObject({ Bucket: bucket, Key: 'output/orders.csv' })
  expect(await object.Body?.transformToString()).toBe('a,2\nb,1\n')
})
