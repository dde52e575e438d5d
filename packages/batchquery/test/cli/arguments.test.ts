import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { documentOf, RUNNER, Workspace } from './workspace.ts'

/** A folder `tasks` of SQL tasks. */
async function withTasks(): Promise<Workspace> {
  const workspace = await Workspace.create()
  await mkdir(join(workspace.folder, 'tasks'))
  for (const name of ['a', 'b', 'c']) await workspace.write(`tasks/${name}.sql`, `SELECT '${name}'`)
  return workspace
}

/** As a shell calls it: the pattern is the shell's to replace. */
const underShell = (args: string) => ['/bin/sh', '-c', `exec "$@" ${args}`, 'sh']

test.each(['', ' --dry-run', ' --detach'])(
  'run tasks/*.sql%s runs nothing, and names the ignored files',
  async more => {
    const workspace = await withTasks()
    const under = underShell(`run tasks/*.sql --json${more}`)
    const ended = await workspace.start([], { under }).ended
    expect(ended.code, ended.stderr).toBe(2)
    expect(documentOf(ended).error).toMatchObject({
      code: 'USAGE',
      message: 'the SQL task "a.sql" accepts no arguments, but "tasks/b.sql", "tasks/c.sql" were given',
      hint: expect.stringContaining('for task in tasks/*.sql; do batchquery run "$task"; done'),
    })
    expect(await workspace.files('.batchquery')).toEqual([])
  },
)

test('the loop of the hint runs all tasks', async () => {
  const workspace = await withTasks()
  const loop = ['/bin/sh', '-c', 'for task in tasks/*.sql; do "$@" run "$task" || exit; done', 'sh']
  const { code, stderr } = await workspace.start([], { under: loop }).ended
  expect(code, stderr).toBe(0)
  expect(stderr.match(/run \S+ SUCCEEDED/g)).toHaveLength(3)
})

test('a SQL task in the store is refused with arguments, also by the runner', async () => {
  const workspace = await withTasks()
  await workspace.writeObject('script/a.sql', 'SELECT 1')
  const run = await workspace.run(['run', 's3://batchquery-s3/script/a.sql', '2026-11'])
  expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('"2026-11" was given') })
  const environment = {
    BATCHQUERY_RUN_ID: 'r1',
    BATCHQUERY_STORE: '.batchquery/store',
    BATCHQUERY_DATABASE: 'duckdb::memory:',
  }
  const runner = await workspace.run(['batchquery-s3', 'script/a.sql', 'x'], { program: RUNNER, environment })
  expect(runner.code, runner.stderr).toBe(2)
  expect(await workspace.record()).toMatchObject({ state: 'FAILED', error: { code: 'USAGE' } })
})

test('run warns when a script gets scripts of its kind as arguments', async () => {
  const workspace = await Workspace.create()
  for (const name of ['a', 'b']) await workspace.write(`${name}.sh`, `echo "${name}: $*"`)
  const { code, stdout, stderr } = await workspace.run(['run', './a.sh', './b.sh'])
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'a: ./b.sh\n' })
  expect(stderr).toContain('warning: running one task, ./a.sh, with the arguments "./b.sh"')
  const plain = await workspace.run(['run', './a.sh', 'b.sh-not', '--', '--full'])
  expect(plain.stderr).not.toContain('warning')
})
