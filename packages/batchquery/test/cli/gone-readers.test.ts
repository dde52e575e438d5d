import { expect, inject, test } from 'vitest'
import { atTerminal } from './terminal.ts'
import { PROGRAM, Workspace } from './workspace.ts'

const SQL = `SELECT 1 AS a INTO OUTFILE S3 './o/m1';
SELECT SLEEP(2);
SELECT 2 AS a INTO OUTFILE S3 './o/m2';`

function database(): NodeJS.ProcessEnv {
  const { host, port, user, password, database } = inject('mariadb')
  return { BATCHQUERY_DATABASE: `mysql://${user}@${host}:${port}/${database}`, MYSQL_PWD: password }
}

/** The run has ended, and its log has everything that stderr could not take. */
async function expectWhole(workspace: Workspace): Promise<void> {
  expect(await workspace.record()).toMatchObject({ state: 'SUCCEEDED', exitCode: 0 })
  expect(await workspace.files('o')).toEqual(['m1.part_00000', 'm2.part_00000'])
  const log = await workspace.log()
  expect(log).toContain('statement 3: published 1 rows')
}

test('a run continues when the reader of its stderr has closed it', async () => {
  const workspace = await Workspace.create()
  const started = workspace.start(await workspace.task(SQL), { environment: database() })
  await expect.poll(() => started.stderr).toContain('statement 1: published')
  started.process.stderr?.destroy()
  expect((await started.ended).code).toBe(0)
  await expectWhole(workspace)
})

test('a run continues when stdout and stderr are full', async () => {
  const workspace = await Workspace.create()
  const under = ['sh', '-c', 'exec "$@" 2>/dev/full', 'sh']
  const ended = await workspace.runSql(SQL, [], { environment: database(), under })
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  expect(ended.stdout).toContain('m2.part_00000')
  await expectWhole(workspace)
})

test('a run that ignores SIGHUP continues when its terminal closes, and ends with its own exit code', async () => {
  const workspace = await Workspace.create()
  const command = [PROGRAM, ...(await workspace.task(SQL))]
  const terminal = atTerminal(workspace, command, 'ignored', database())
  await expect.poll(() => workspace.files('o')).toEqual(['m1.part_00000'])
  expect(await terminal.close()).toBe(0)
  await expectWhole(workspace)
})

test.each(['ls -q', 'logs r1 -q', 'show r1 -q', '--help', "query -q 'SELECT * FROM range(1000000)'"])(
  '%s succeeds silently when its reader takes one line',
  async line => {
    const workspace = await Workspace.create()
    await workspace.runSql('SELECT 1')
    const piped = `"$@" ${line} | head -1; echo "\${PIPESTATUS[*]}"`
    const under = ['bash', '-c', piped, 'bash']
    const { stdout, stderr } = await workspace.start([], { under }).ended
    expect(stdout).toMatch(/^[^\n]+\n0 0\n$/)
    expect(stderr).toBe('')
  },
)

test.each([[['ls']], [['ls', '--json']]])('%j fails when stdout is full', async line => {
  const workspace = await Workspace.create()
  await workspace.runSql('SELECT 1')
  const ended = await workspace.run(line, { under: ['sh', '-c', 'exec "$@" >/dev/full', 'sh'] })
  expect(ended).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('error: cannot write to stdout: ENOSPC'),
  })
})
