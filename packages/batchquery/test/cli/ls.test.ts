import { describe, expect, onTestFinished, test } from 'vitest'
import { atWatchedTerminal } from './terminal.ts'
import { documentOf, PROGRAM, Workspace } from './workspace.ts'

const BUSY = "SELECT sleep_ms(1000000) INTO OUTFILE S3 './out'"

/** r1 has SUCCEEDED, r2 has FAILED; r2 is a task of script/. */
async function twoRuns(): Promise<Workspace> {
  const workspace = await Workspace.create()
  await workspace.runSql('SELECT 1')
  await workspace.write('bad.sql', 'SELECT * FROM nosuch')
  await workspace.run(['put', 'bad.sql', '--as', 'monthly/bad.sql'])
  const task = 's3://batchquery-s3/script/monthly/bad.sql'
  await workspace.run(['run', task, '--run-id', 'r2', '-d', 'duckdb:other.duckdb'])
  return workspace
}

/** Starts a run that does not end by itself. */
async function startBusyRun(workspace: Workspace, id: string): Promise<void> {
  await workspace.write('busy.sql', BUSY)
  expect(await workspace.run(['run', 'busy.sql', '--run-id', id, '--detach'])).toMatchObject({ code: 0 })
  const { runner } = await workspace.record(id)
  onTestFinished(() => {
    try {
      process.kill(runner.pid, 'SIGKILL')
    } catch {
      // It has ended.
    }
  })
  await expect.poll(async () => (await workspace.record(id)).state).toBe('RUNNING')
}

/** `ls --watch` that writes into a file. */
function watch(workspace: Workspace, ...args: string[]) {
  const under = ['sh', '-c', 'exec "$@" > changes', 'sh']
  const started = workspace.start(['ls', '--watch', ...args], { under })
  onTestFinished(() => void started.process.kill('SIGKILL'))
  const lines = async () => (await workspace.read('changes').catch(() => '')).split('\n').slice(0, -1)
  return { started, lines }
}

describe('ls', () => {
  test('lists the runs of an error, a task or a database', async () => {
    const workspace = await twoRuns()
    for (const [filter, ids] of [
      [['--error', 'QUERY_FAILED'], ['r2']],
      [['--error', 'TIMEOUT'], []],
      [['--task', 'task.sql'], ['r1']],
      [['--task', 'monthly/bad.sql', '--failed'], ['r2']],
      [['--task', 'bad.sql', '--state', 'SUCCEEDED'], []],
      [['--database', `${workspace.folder}/other.duckdb`], ['r2']],
      [['--database', `${workspace.folder}/.batchquery/db01.duckdb`], ['r1']],
      [['--database', 'sales'], []],
    ] as const) {
      const { runs } = documentOf(await workspace.run(['ls', '--json', ...filter]))
      expect(
        runs.map(({ id }: { id: string }) => id),
        filter.join(' '),
      ).toEqual(ids)
    }
  })

  test('shows the name of the task, the error and how long a run took', async () => {
    const workspace = await twoRuns()
    await startBusyRun(workspace, 'r3')
    const { stdout } = await workspace.run(['ls'])
    const [heading, ...rows] = stdout.split('\n')
    expect(heading).toMatch(/^RUN +STATE +CREATED +TIME +ROWS +SIZE +ERROR +TASK$/)
    expect(rows[0]).toMatch(/^r3 +RUNNING +\S+Z +[\d.]+ s .* busy\.sql$/)
    expect(rows[1]).toMatch(/^r2 +FAILED +\S+Z +[\d.]+ s +0 +0 B +QUERY_FAILED +monthly\/bad\.sql$/)
    expect(rows[2]).toMatch(/^r1 +SUCCEEDED +\S+Z +[\d.]+ s +\d+ +0 B +task\.sql$/)
  })

  test('shows the home bucket when it finds nothing', async () => {
    const workspace = await Workspace.create()
    const place = `s3://batchquery-s3 (store ${workspace.folder}/.batchquery/store)`
    const { stderr, ...empty } = await workspace.run(['ls'])
    expect(empty).toEqual({ code: 0, stdout: '' })
    expect(stderr.split('\n').slice(1)).toEqual([
      `there are no runs in ${place}`,
      'hint: Start one with `batchquery run TASK`, or look elsewhere with --store, --bucket or --stack.',
      '',
    ])
    const filter = ['--failed', '--since', '2026-11-23', '--task', 'a.sql', '--json']
    const filtered = await workspace.run(['ls', ...filter])
    expect(documentOf(filtered)).toEqual({ runs: [] })
    expect(filtered.code).toBe(0)
    expect(filtered.stderr).toContain(
      `no run in ${place} matches --failed --since 2026-11-23T00:00:00.000Z --task a.sql\nhint: Remove one of these, `,
    )
    expect((await workspace.run(['ls', '-q'])).stderr).toBe('')
  })
})

describe('ls --watch', () => {
  test('prints a line for each change when stdout is no terminal', async () => {
    const workspace = await twoRuns()
    const { started, lines } = watch(workspace)
    await expect.poll(lines).toHaveLength(2)
    await startBusyRun(workspace, 'r3')
    const states = async (id: string) =>
      (await lines()).map(line => line.split('\t')).flatMap(([, of, state]) => (of === id ? [state] : []))
    await expect.poll(() => states('r3')).toContain('RUNNING')
    await workspace.run(['cancel', 'r3'])
    await expect.poll(() => states('r3')).toContain('CANCELLED')
    const [first, second] = await lines()
    expect(first).toMatch(/^\S+Z\tr1\tSUCCEEDED\ttask\.sql$/)
    expect(second).toMatch(/^\S+Z\tr2\tFAILED\tmonthly\/bad\.sql\tQUERY_FAILED$/)
    expect((await lines()).at(-1)).toMatch(/^\S+Z\tr3\tCANCELLED\tbusy\.sql\tCANCELLED$/)
    started.signal('SIGINT')
    await started.ended
    // As `logs -f`.
    expect(started.process.signalCode).toBe('SIGINT')
  })

  test('prints the record of each change with --json, and applies the filter', async () => {
    const workspace = await twoRuns()
    const { started, lines } = watch(workspace, '--json', '--failed')
    await expect.poll(lines).toHaveLength(1)
    await workspace.run(['run', 'bad.sql', '--run-id', 'r3'])
    await expect.poll(lines).toHaveLength(2)
    const records = (await lines()).map(line => JSON.parse(line))
    expect(records).toEqual([
      { ...(await workspace.record('r2')), dead: false, cost: null },
      { ...(await workspace.record('r3')), dead: false, cost: null },
    ])
    started.signal('SIGTERM')
    await started.ended
    expect(started.process.signalCode).toBe('SIGTERM')
  })

  test('succeeds silently when its reader has closed stdout', async () => {
    const workspace = await twoRuns()
    const piped = `"$@" ls --watch -q | head -1; echo "\${PIPESTATUS[*]}"`
    const reading = workspace.start([], { under: ['bash', '-c', piped, 'bash'] })
    await workspace.run(['run', 'bad.sql', '--run-id', 'r3'])
    const { stdout, stderr } = await reading.ended
    expect({ end: stdout.split('\n').at(-2), stderr }).toEqual({ end: '0 0', stderr: '' })
  })

  test('redraws the list on a terminal, as much as fits, until Ctrl-C', async () => {
    const workspace = await twoRuns()
    const command = [process.execPath, PROGRAM, 'ls', '--watch', '-q']
    const terminal = atWatchedTerminal(workspace, command, { columns: 40, rows: 4 }, { TERM: 'xterm' })
    await expect
      .poll(terminal.lines)
      .toEqual([
        expect.stringMatching(/^RUN {2}STATE .*…$/),
        expect.stringMatching(/^r2 +FAILED .*…$/),
        expect.stringMatching(/^r1 +SUCCEEDED .*…$/),
        '',
      ])
    await startBusyRun(workspace, 'r3')
    await expect
      .poll(terminal.lines)
      .toEqual([
        expect.stringMatching(/^RUN {2}STATE .*…$/),
        expect.stringMatching(/^r3 +RUNNING .*…$/),
        '… 2 more',
        '',
      ])
    for (const line of await terminal.lines()) expect(line.length).toBeLessThan(40)
    await terminal.ctrlC()
    expect(await terminal.ended()).toBe(-2)
    // No color, with NO_COLOR and without it.
    expect((await terminal.written()).split('\u001b[').filter(text => /^[\d;]*m/.test(text))).toEqual([])
  })

  test('prints lines on a terminal that cannot move its cursor', async () => {
    const workspace = await twoRuns()
    const command = [process.execPath, PROGRAM, 'ls', '--watch', '-q']
    const terminal = atWatchedTerminal(workspace, command, { columns: 60, rows: 4 }, { TERM: 'dumb' })
    await expect.poll(terminal.written).toMatch(/\tr1\tSUCCEEDED\t.*\r\n.*\tr2\tFAILED\t.*\r\n$/)
    expect(await terminal.written()).not.toContain('\u001b')
    await terminal.ctrlC()
    expect(await terminal.ended()).toBe(-2)
  })
})
