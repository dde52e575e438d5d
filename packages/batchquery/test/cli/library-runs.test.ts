import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { cancel, connect, list, show, submit, wait } from '../../src/library/index.ts'
import { documentOf, Workspace } from './workspace.ts'

async function place() {
  const workspace = await Workspace.create()
  return { workspace, here: { folder: workspace.folder, environment: { PATH: process.env.PATH } } }
}

test('submit, wait, show and list return the records of the command line', async () => {
  const { workspace, here } = await place()
  await workspace.write(
    'a.sql',
    "-- @param n int\n-- @param s secret\nSELECT :n, :s INTO OUTFILE S3 's3://batchquery-s3/output/a'",
  )
  const params = { n: 7n, s: 'hush' }
  const submitted = await submit('./a.sql', { ...here, params, runId: 'r1' })
  expect(submitted).toMatchObject({ id: 'r1', params: { n: '7', s: '***' } })
  expect(await wait('r1', here)).toMatchObject({ state: 'SUCCEEDED', exitCode: 0 })
  expect(await workspace.readObject('output/a.part_00000')).toBe('7\thush\n')

  const shown = await show('r1', here)
  const { cost, ...document } = documentOf(await workspace.run(['show', 'r1', '--json']))
  expect(cost).toBeNull()
  expect(shown).toEqual(document)
  const { attempts, begun, columns, repeatedBy, ...listed } = shown
  expect(begun).toEqual([])
  expect(attempts).toMatchObject([{ attempt: 1, pid: shown.runner?.pid }])
  expect({ columns, repeatedBy }).toEqual({ columns: [], repeatedBy: [] })
  expect(await list(here)).toEqual([listed])
  expect(JSON.stringify(shown)).not.toContain('hush')

  expect(await submit('./a.sql', { ...here, params, runId: 'r1' })).toMatchObject({
    state: 'SUCCEEDED',
    attempt: 1,
  })
  await expect(
    submit('./a.sql', { ...here, params: { n: 8, s: 'hush' }, runId: 'r1' }),
  ).rejects.toMatchObject({
    code: 'RUN_CONFLICT',
  })
})

test('submit runs a pinned folder with arguments and variables', async () => {
  const { workspace, here } = await place()
  await mkdir(join(workspace.folder, 'job'))
  await workspace.write('job/index.sh', 'echo "$1 $OPEN $HIDDEN"; cat "$(dirname "$0")/more.txt"')
  await workspace.write('job/more.txt', 'more\n')
  const given = { args: ['first'], env: { OPEN: 'open' }, secretEnv: { HIDDEN: 'hidden-value' } }
  const submitted = await submit('./job', { ...here, ...given, runId: 'r1' })
  expect(submitted.task).toMatchObject({ key: 'runs/r1/task/job/' })
  expect(await wait('r1', here)).toMatchObject({ state: 'SUCCEEDED', args: ['first'] })
  const log = await workspace.log()
  expect(log).toMatch(/ OUT first open \*\*\*\n.* OUT more\n/)

  const pin = `sha256:${submitted.task.sha256}`
  const { id } = await submit('./job', { ...here, ...given, pin })
  expect(await wait(id, here)).toMatchObject({ state: 'SUCCEEDED' })
  await workspace.write('job/more.txt', 'less\n')
  await expect(submit('./job', { ...here, ...given, pin })).rejects.toMatchObject({ code: 'TASK_CHANGED' })
  await expect(submit('./job', { ...here, runId: 'r1' })).rejects.toMatchObject({ code: 'RUN_CONFLICT' })
  await expect(submit('./job', { ...here, env: { 'A=B': '' } })).rejects.toMatchObject({ code: 'USAGE' })
})

test('wait throws when the run does not exist, and not when the run fails', async () => {
  const { workspace, here } = await place()
  await workspace.write('a.sql', 'SELECT nothing FROM nowhere')
  const { id } = await submit('./a.sql', here)
  expect(await wait(id, here)).toMatchObject({ state: 'FAILED', error: { code: 'QUERY_FAILED' } })
  await expect(wait('r2', here)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' })
  await expect(show('r2', here)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' })
  await expect(cancel('r2', here)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' })
  await expect(submit('./b.sql', here)).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' })
})

test('submit refuses a task before its run exists when no server can run it', async () => {
  const { workspace, here } = await place()
  await workspace.write('a.sql', "SELECT 'x")
  await workspace.write('passwords', 'host:geheim')
  await expect(submit('./a.sql', here)).rejects.toMatchObject({ code: 'SQL_SYNTAX' })
  await expect(submit('./passwords', here)).rejects.toMatchObject({ code: 'TASK_INVALID' })
  expect(await workspace.files('.batchquery')).toEqual([])
})

test('cancel ends a task, also when its wait is aborted', async () => {
  const { workspace, here } = await place()
  await workspace.write('a.sql', 'SELECT sum(a.i * b.i) FROM range(10000000) a(i), range(1000000) b(i)')
  const { id } = await submit('./a.sql', here)
  await expect(wait(id, { ...here, signal: AbortSignal.timeout(200) })).rejects.toMatchObject({
    code: 'TIMEOUT',
  })
  expect(await cancel(id, here)).toMatchObject({ state: 'CANCELLED', exitCode: 130 })
})

test('an export of a connection is a run, which the command line lists, verifies and cancels', async () => {
  const { workspace, here } = await place()
  const db = await connect(undefined, here)
  onTestFinished(() => db.close())
  const { runId } = await db.export('SELECT 1', 's3://batchquery-s3/output/a')
  expect((await workspace.run(['verify', runId])).code).toBe(0)
  const slow = 'SELECT sum(a.i * b.i) FROM range(10000000) a(i), range(1000000) b(i)'
  const exporting = expect(db.export(slow, 's3://batchquery-s3/output/b')).rejects.toMatchObject({
    code: 'CANCELLED',
  })
  const latest = async () => (await list(here))[0]
  await expect.poll(latest).toMatchObject({ id: expect.not.stringMatching(runId), state: 'RUNNING' })
  const id = (await latest())?.id ?? ''
  expect((await workspace.run(['cancel', id])).stdout).toBe(`${id}\tCANCELLED\n`)
  await exporting
  expect(await workspace.results()).toEqual(['batchquery-s3/output/a.part_00000'])
})
