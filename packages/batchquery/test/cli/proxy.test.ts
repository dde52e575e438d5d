import { beforeEach, expect, inject, test } from 'vitest'
import { ForwardProxy } from '../faults/forward-proxy.ts'
import { freshBucket, taskEnvironment } from '../setup/s3-client.ts'
import { runSecrets } from '../setup/secrets/run-secrets.ts'
import { Workspace } from './workspace.ts'

const bucket = await freshBucket()
const proxy = await ForwardProxy.start()
beforeEach(() => proxy.reset())

const PASSWORD = 'open-sesame-of-the-proxy'
const throughProxy = async () => ({
  ...(await taskEnvironment(bucket)),
  HTTPS_PROXY: `http://me:${PASSWORD}@${proxy.address}`,
})

test('command line, runner and script reach S3 through a proxy', async () => {
  runSecrets()?.register('the password of the proxy', PASSWORD)
  const workspace = await Workspace.create()
  await workspace.write(
    'job.ts',
    `import { connect } from 'batchquery'
console.log('proxy:', process.env.HTTPS_PROXY)
const database = await connect('duckdb::memory:')
const done = await database.export('SELECT 1 AS n', 's3://${bucket}/output/proxied')
console.log('rows:', done.rows)
await database.close()
`,
  )
  const ended = await workspace.run(['run', './job.ts'], { environment: await throughProxy() })
  expect(ended.code, ended.stderr).toBe(0)
  expect(ended.stdout).toContain(`proxy: http://me:***@${proxy.address}\nrows: 1\n`)
  // The command line, the runner and the script: each has a connection of its own.
  expect(proxy.asked.length).toBeGreaterThanOrEqual(3)
  expect(new Set(proxy.asked)).toEqual(new Set([`CONNECT ${new URL(inject('s3').secureEndpoint).host}`]))
})

test('a run uses no proxy with NO_PROXY', async () => {
  const workspace = await Workspace.create()
  await workspace.write('task.sql', `SELECT 1 INTO OUTFILE S3 's3://${bucket}/output/straight'`)
  const environment = {
    ...(await throughProxy()),
    NO_PROXY: 'localhost',
    BATCHQUERY_DATABASE: 'duckdb::memory:',
  }
  const ended = await workspace.run(['run', './task.sql'], { environment })
  expect(ended.code, ended.stderr).toBe(0)
  expect(proxy.asked).toEqual([])
})
