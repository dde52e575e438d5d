import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { documentOf, PROGRAM, Workspace } from './workspace.ts'

const EXPORT =
  "SELECT 7 AS a, 'x' AS b INTO OUTFILE S3 's3://batchquery-s3/output/seven' OVERWRITE ON MANIFEST ON"
const ASSUMED =
  'nothing is configured: engine local, store ./.batchquery/store, bucket batchquery-s3, database duckdb:.batchquery/db01.duckdb\n'

test('run publishes, prints the parts, and logs to stderr', async () => {
  const workspace = await Workspace.create()
  const { code, stdout, stderr } = await workspace.runSql(`SELECT 1 AS one;\n${EXPORT}`)
  expect(code, stderr).toBe(0)
  expect(stdout).toBe('s3://batchquery-s3/output/seven.part_00000\t1 row\t4 bytes\n')
  expect(stderr.startsWith(ASSUMED)).toBe(true)
  expect(stderr).toContain('run r1 SUCCEEDED\n')
  expect(await workspace.readObject('output/seven.part_00000')).toBe('7\tx\n')
  expect(await workspace.results()).toEqual([
    'batchquery-s3/output/seven.manifest',
    'batchquery-s3/output/seven.part_00000',
  ])
})

test('run uploads a file with the run, and pins it', async () => {
  const workspace = await Workspace.create()
  const sha256 = createHash('sha256').update(EXPORT).digest('hex')
  const document = documentOf(await workspace.runSql(EXPORT, ['--json', '--timeout', '90m']))
  expect(document).toMatchObject({
    id: 'r1',
    state: 'SUCCEEDED',
    task: { bucket: 'batchquery-s3', key: 'runs/r1/task/task.sql', sha256 },
    request: { database: null, pin: sha256, timeoutSeconds: 5400 },
    exitCode: 0,
    error: null,
  })
  expect(document).toEqual(await workspace.record())
  expect(await workspace.readObject('runs/r1/task/task.sql')).toBe(EXPORT)
})

test('settings come from flags before the environment; -q leaves stderr empty', async () => {
  const workspace = await Workspace.create()
  await workspace.write('other.sql', "SELECT 1 INTO OUTFILE S3 's3://there/one'")
  const environment = {
    BATCHQUERY_STORE: './from-environment',
    BATCHQUERY_BUCKET: 'home',
    BATCHQUERY_DATABASE: 'duckdb::memory:',
  }
  const { code, stdout, stderr } = await workspace.run(['run', 'other.sql', '--store', './s', '-q'], {
    environment,
  })
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(stdout).toBe('s3://there/one.part_00000\t1 row\t2 bytes\n')
  expect(await workspace.files('.')).toEqual(
    expect.arrayContaining([
      's/there/one.part_00000',
      expect.stringMatching(/^s\/home\/runs\/[\w-]+\/run\.json$/),
    ]),
  )
  expect(await workspace.files('from-environment')).toEqual([])
})

test('run takes bucket and key of a task that put has uploaded', async () => {
  const workspace = await Workspace.create()
  await workspace.write('a.sql', EXPORT)
  await workspace.write('b.sql', 'SELECT 2')
  const { stdout } = await workspace.run(['put', 'a.sql', './b.sql'])
  expect(stdout).toBe('s3://batchquery-s3/script/a.sql\ns3://batchquery-s3/script/b.sql\n')
  expect(await workspace.readObject('script/b.sql')).toBe('SELECT 2')

  const document = documentOf(await workspace.run(['put', 'a.sql', '--as', 'monthly/report.sql', '--json']))
  const sha256 = createHash('sha256').update(EXPORT).digest('hex')
  expect(document).toEqual({
    tasks: [{ uri: 's3://batchquery-s3/script/monthly/report.sql', bytes: EXPORT.length, sha256 }],
  })
  const record = documentOf(await workspace.run(['run', document.tasks[0].uri, '--json']))
  expect(record).toMatchObject({
    state: 'SUCCEEDED',
    task: { key: 'script/monthly/report.sql', sha256 },
    request: { pin: null },
  })

  const missing = await workspace.run(['put', 'b.sql', 'c.sql', '--bucket', 'other'])
  expect(missing).toMatchObject({ code: 3, stdout: '' })
  expect(missing.stderr).toContain('error: the file "c.sql" does not exist\nhint: ')
  expect(await workspace.files('.batchquery/store/other')).toEqual([])
})

test('run shows the outcome again and runs nothing when the id exists', async () => {
  const workspace = await Workspace.create()
  const first = await workspace.runSql(EXPORT, ['--json'])
  await workspace.write('.batchquery/store/batchquery-s3/output/seven.part_00000', 'changed')
  const again = await workspace.runSql(EXPORT, ['--json'])
  expect(again.code).toBe(0)
  expect(again.stdout).toBe(first.stdout)
  expect(again.stderr).toContain('run r1 already exists: SUCCEEDED at ')
  expect(await workspace.readObject('output/seven.part_00000')).toBe('changed')

  await workspace.write('other.sql', EXPORT)
  const conflicts = [
    await workspace.runSql(EXPORT, ['-p', 'month=2026-11']),
    await workspace.runSql(`${EXPORT} `),
    await workspace.run(['run', 'other.sql', '--run-id', 'r1']),
  ]
  for (const { code, stderr } of conflicts) {
    expect(code).toBe(5)
    expect(stderr).toMatch(/^error: run r1 already exists with .*\nhint: /m)
  }
  expect(await workspace.files('.batchquery/store/batchquery-s3/runs/r1/task')).toEqual(['task.sql'])
  expect(documentOf(await workspace.run(['ls', '--json'])).runs).toHaveLength(1)
})

test('ls, show and logs print a run', async () => {
  const workspace = await Workspace.create()
  await workspace.runSql(EXPORT)
  await workspace.write('bad.sql', 'SELECT * FROM nosuch')
  await workspace.run(['run', 'bad.sql', '--run-id', 'r2'])

  const listed = await workspace.run(['ls'])
  const rows = listed.stdout.split('\n')
  expect(rows[0]).toMatch(/^RUN +STATE +CREATED +TIME +ROWS +SIZE +ERROR +TASK$/)
  expect(rows[1]).toMatch(/^r2 +FAILED +.* QUERY_FAILED +bad\.sql$/)
  expect(rows[2]).toMatch(/^r1 +SUCCEEDED +.* +1 +4 B +task\.sql$/)
  const { runs } = documentOf(await workspace.run(['ls', '--json', '--limit', '1', '--since', '1h']))
  expect(runs).toEqual([{ ...(await workspace.record('r2')), dead: false, cost: null }])

  for (const [filter, ids] of [
    [['--failed'], ['r2']],
    [['--state', 'SUCCEEDED'], ['r1']],
    [['--state', 'RUNNING'], []],
  ] as const) {
    const found = documentOf(await workspace.run(['ls', '--json', ...filter])).runs
    expect(found.map(({ id }: { id: string }) => id)).toEqual(ids)
  }

  const shown = await workspace.run(['show', 'r2', '-q'])
  expect(shown).toMatchObject({ code: 0, stderr: '' })
  expect(shown.stdout).toMatch(/^state +FAILED, exit code 1$/m)
  expect(shown.stdout).toMatch(/^error +QUERY_FAILED: .*nosuch/m)
  expect((await workspace.run(['show', 'r1'])).stdout).toMatch(
    /^export +s3:\/\/batchquery-s3\/output\/seven PUBLISHED: 1 row, 4 B in the store\nformat +TEXT, COMPRESSION NONE\npart +s3:/m,
  )
  expect(documentOf(await workspace.run(['show', 'r2', '--json']))).toEqual({
    ...(await workspace.record('r2')),
    dead: false,
    cost: null,
    attempts: [expect.objectContaining({ attempt: 1, pid: expect.any(Number) })],
    begun: [],
    columns: [],
    repeatedBy: [],
  })

  const log = await workspace.log('r2')
  expect(log).toContain('ERROR statement 1 (line 1)')
  for (const flags of [[], ['-f']]) {
    expect(await workspace.run(['logs', 'r2', '-q', ...flags])).toEqual({ code: 0, stdout: log, stderr: '' })
  }
  expect(documentOf(await workspace.run(['logs', 'r2', '--json']))).toEqual({ run: 'r2', log })
})

test.each(['show', 'logs'])('%s fails when the run does not exist', async command => {
  const workspace = await Workspace.create()
  const result = await workspace.run([command, 'nosuch', '--json'])
  expect(result.code).toBe(3)
  expect(documentOf(result)).toMatchObject({ error: { code: 'RUN_NOT_FOUND', retryable: false } })
  expect(result.stderr).toMatch(/^error: no run nosuch in .*\nhint: /m)
})

test('a command line is refused when it is invalid', async () => {
  const workspace = await Workspace.create()
  const human = await workspace.run(['rnu'])
  expect(human).toEqual({
    code: 2,
    stdout: '',
    stderr: "error: unknown command 'rnu'\nhint: Did you mean run? `batchquery --help` shows its options.\n",
  })
  const json = await workspace.run(['run', '--json'])
  expect(json.code).toBe(2)
  expect(documentOf(json)).toEqual({
    error: {
      code: 'USAGE',
      message: "missing required argument 'task'",
      hint: '`batchquery run --help` shows its options.',
      retryable: false,
    },
  })
})

test('a password in a URL of the command line is refused, and appears nowhere', async () => {
  const workspace = await Workspace.create()
  const { code, stdout, stderr } = await workspace.runSql('SELECT 1', [
    '-d',
    'mysql://u:geheim@h/db',
    '--json',
  ])
  expect(code).toBe(2)
  expect(stdout + stderr).not.toContain('geheim')
  expect(await workspace.files('.')).toEqual(['task.sql'])
})

test('version prints the versions', async () => {
  const workspace = await Workspace.create()
  const { version } = documentOf(await workspace.run(['version', '--json']))
  expect((await workspace.run(['version'])).stdout).toMatch(
    `batchquery ${version} (node ${process.version}, `,
  )
  expect((await workspace.run(['--version'])).stdout).toBe(`${version}\n`)
})

test('a reader that closes stdout early is no error', async () => {
  const workspace = await Workspace.create()
  await workspace.runSql(Array.from({ length: 300 }, (_, n) => `SELECT range FROM range(${n})`).join(';\n'))
  expect((await workspace.log()).length).toBeGreaterThan(100_000)
  const child = spawn(process.execPath, [PROGRAM, 'logs', 'r1', '-q'], {
    cwd: workspace.folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child.stdout.once('data', () => child.stdout.destroy())
  await once(child, 'close')
  expect(child.exitCode).toBe(0)
})

test('a full disk of stdout is an error', async () => {
  const workspace = await Workspace.create()
  const under = ['sh', '-c', '"$@" > /dev/full', 'sh']
  for (const args of [['version'], ['version', '--json']]) {
    const { code, stderr } = await workspace.run(args, { under })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^error: cannot write to stdout: ENOSPC.*\nhint: .*\n$/)
  }
})
