import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { RunStore } from '../../../src/run/index.ts'
import { DirectoryStore } from '../../../src/store/index.ts'
import { documentOf, RUNNER } from '../workspace.ts'
import { ScriptWorkspace } from './script-workspace.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const SCRIPT = 'echo ran'

test('a local file is uploaded with the run, and pinned', async () => {
  const here = await ScriptWorkspace.create({ 'a.sh': SCRIPT })
  const record = documentOf(await here.run(['a.sh', '--json']))
  expect(record).toMatchObject({
    task: { key: 'runs/r1/task/a.sh', sha256: sha256(SCRIPT) },
    request: { pin: sha256(SCRIPT) },
  })
  expect(await here.workspace.readObject('runs/r1/task/a.sh')).toBe(SCRIPT)
})

test('a folder is uploaded as one object for each file and has the SHA-256 of the list that sha256sum prints', async () => {
  const here = await ScriptWorkspace.create({ 'f/index.sh': SCRIPT, 'f/b/c.txt': 'c', 'f/é.txt': 'e' })
  const record = documentOf(await here.run(['f', '--json']))
  const list = execFileSync(
    'bash',
    ['-c', "cd f && find . -type f -printf '%P\\n' | LC_ALL=C sort | xargs -d '\\n' sha256sum | sha256sum"],
    { cwd: here.folder, encoding: 'utf8' },
  )
  expect(record.task).toMatchObject({ key: 'runs/r1/task/f/', sha256: list.slice(0, 64) })
  expect(await here.workspace.readObject('runs/r1/task/f/b/c.txt')).toBe('c')
})

test('put uploads a folder under script/ and removes the objects of files that are gone', async () => {
  const here = await ScriptWorkspace.create({ 'f/index.sh': SCRIPT, 'f/old.txt': 'x' })
  await here.workspace.run(['put', 'f'])
  await rm(join(here.folder, 'f/old.txt'))
  const put = documentOf(await here.workspace.run(['put', 'f', '--json']))
  const [{ uri, sha256: digest }] = put.tasks
  expect(uri).toBe('s3://batchquery-s3/script/f/')
  expect(await here.workspace.files('.batchquery/store/batchquery-s3/script')).toEqual(['f/index.sh'])
  const ended = await here.run([uri, '--pin', `sha256:${digest}`])
  expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: 'ran\n' })
})

test.each([['a.sh'], ['s3://batchquery-s3/script/a.sh']])(
  '--pin refuses another %s before anything runs',
  async task => {
    const here = await ScriptWorkspace.create({ 'a.sh': SCRIPT })
    await here.workspace.run(['put', 'a.sh'])
    const refused = await here.run([task, '--pin', `sha256:${sha256('another')}`])
    expect(refused).toMatchObject({ code: 5, stdout: '' })
    expect(refused.stderr).toMatch(/^error: .*SHA-256 [0-9a-f]{64}, but [0-9a-f]{64} is pinned\nhint: /m)
    expect(await here.workspace.files('.batchquery/store/batchquery-s3/runs')).toEqual([])
    expect(await here.run([task, '--pin', `sha256:${sha256(SCRIPT)}`])).toMatchObject({
      code: 0,
      stdout: 'ran\n',
    })
  },
)

test('--pin accepts only a SHA-256', async () => {
  const here = await ScriptWorkspace.create({ 'a.sh': SCRIPT })
  expect(await here.run(['a.sh', '--pin', 'sha256:12'])).toMatchObject({ code: 2 })
})

/** Submits a run and changes the object of its task before the runner starts. */
async function submitted(change: (here: ScriptWorkspace) => Promise<void>) {
  const here = await ScriptWorkspace.create({})
  await here.workspace.writeObject('script/a.sh', SCRIPT)
  const runs = new RunStore(new DirectoryStore(join(here.folder, '.batchquery/store')), 'batchquery-s3')
  await runs.submit({
    id: 'r1',
    task: { bucket: 'batchquery-s3', key: 'script/a.sh', sha256: sha256(SCRIPT) },
    args: [],
    params: {},
    request: { database: null, timeoutSeconds: null, pin: null },
    engine: { name: 'local' },
    createdAt: new Date(),
  })
  await change(here)
  const environment = { BATCHQUERY_RUN_ID: 'r1', TMPDIR: join(here.folder, 'temporary') }
  const args = ['batchquery-s3', 'script/a.sh']
  return { here, ended: await here.workspace.run(args, { environment, program: RUNNER }) }
}

test('a run fails when its task was changed after the submission', async () => {
  const { here, ended } = await submitted(here => here.workspace.writeObject('script/a.sh', 'echo other'))
  await here.expectFailed(ended, 5, 'TASK_CHANGED', /was pinned/)
  expect(ended.stdout).toBe('')
})

test('a run fails when its task was deleted after the submission', async () => {
  const { here, ended } = await submitted(here =>
    rm(join(here.folder, '.batchquery/store/batchquery-s3/script/a.sh')),
  )
  await here.expectFailed(
    ended,
    3,
    'TASK_NOT_FOUND',
    /the task s3:\/\/batchquery-s3\/script\/a\.sh does not exist/,
  )
})
