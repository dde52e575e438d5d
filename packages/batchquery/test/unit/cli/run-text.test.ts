import { expect, test } from 'vitest'
import { publishedParts, runSummary, unlistedExports } from '../../../src/cli/run-text.ts'
import type { ExportRecord, RunRecord } from '../../../src/run/index.ts'
import { queuedRecord } from '../../../src/run/new-run.ts'
import { DirectoryStore } from '../../../src/store/index.ts'

const RUN: RunRecord = queuedRecord({
  id: 'r1',
  task: { bucket: 'home', key: 'script/a.sql' },
  args: [],
  params: {},
  request: { database: null, timeoutSeconds: null, pin: null },
  engine: { name: 'local' },
  createdAt: new Date('2026-11-23T02:15:45.000Z'),
})

/** As `show` has it. */
const SHOWN = { ...RUN, dead: false, attempts: [], repeatedBy: [], begun: [], columns: [] }
const NOW = new Date('2026-11-23T02:20:00.000Z')
const STORE = new DirectoryStore('/home')

const summary = (run: Parameters<typeof runSummary>[0]): string => runSummary(run, STORE, NOW)

const exported = (uri: string, changed: Partial<ExportRecord>): ExportRecord => ({
  uri,
  attempt: 1,
  number: 1,
  mode: 'streamed',
  format: 'TEXT',
  state: 'PUBLISHED',
  committingAt: null,
  publishedAt: null,
  rows: 1,
  bytes: 2,
  parts: [{ uri: `${uri}.part_00000`, rows: 1, bytes: 2, sha256: null }],
  manifest: null,
  ...changed,
})

test('publishedParts has the parts of the last publication at each destination', () => {
  const exports = [
    exported('s3://b/again', { parts: [{ uri: 's3://b/old', rows: 9, bytes: 9, sha256: null }] }),
    exported('s3://b/failed', { state: 'ABORTED' }),
    exported('s3://b/again', {}),
    exported('s3://b/again', { state: 'ABORTED', parts: [] }),
    exported('s3://b/native', {
      parts: [{ uri: 's3://b/native.part_00000', rows: null, bytes: 0, sha256: null }],
    }),
  ]
  expect(publishedParts({ ...RUN, exports })).toBe(
    's3://b/again.part_00000\t1 row\t2 bytes\ns3://b/native.part_00000\t0 bytes',
  )
})

test('unlistedExports has an export when it has more parts than the record keeps', () => {
  const exports = [exported('s3://b/few', {}), exported('s3://b/many', { bytes: 3 })]
  expect(unlistedExports({ ...RUN, exports })).toEqual(['s3://b/many'])
})

test('a summary of a QUEUED run has few lines', () => {
  expect(summary(SHOWN)).toBe(
    [
      'run        r1',
      'state      QUEUED',
      'task       s3://home/script/a.sql',
      'created    2026-11-23T02:15:45.000Z',
      'progress   0 rows, 0 B before compression',
    ].join('\n'),
  )
})

test('a summary of a FAILED run escapes control characters', () => {
  const text = summary({
    ...SHOWN,
    state: 'FAILED',
    exitCode: 1,
    args: ['a b'],
    runner: { host: 'here', pid: 7, version: '0.1.0' },
    databases: [{ dialect: 'duckdb', server: null, host: 'a.duckdb', name: '', sessions: [] }],
    startedAt: '2026-11-23T02:15:46.000Z',
    endedAt: '2026-11-23T02:15:47.500Z',
    error: { code: 'QUERY_FAILED', message: 'no \u001b[31m table\nat all', hint: 'look', retryable: false },
    warnings: ['one', 'two'],
    log: 'runs/r1/log/0001-',
  })
  expect(text.split('\n').slice(3)).toEqual([
    'arguments  ["a b"]',
    'database   not reached at a.duckdb',
    'runner     here, process 7, batchquery 0.1.0',
    'created    2026-11-23T02:15:45.000Z',
    'started    2026-11-23T02:15:46.000Z',
    'ended      2026-11-23T02:15:47.500Z (1.5 s)',
    'progress   0 rows, 0 B before compression',
    'warning    one',
    'warning    two',
    'error      QUERY_FAILED: no \\u001b[31m table',
    '  at all',
    'hint       look',
    'log        `batchquery logs r1`',
  ])
})

test('a summary of a reaped run shows the attempt of each process and each time', () => {
  const runner = { host: 'here', pid: 7, version: '0.1.0' }
  const reaper = { host: 'there', pid: 8, version: '0.1.0' }
  const text = summary({
    ...SHOWN,
    ...{ state: 'FAILED', attempt: 2, runner: reaper, exitCode: 1 },
    startedAt: '2026-11-23T02:15:46.000Z',
    startedAttempt: 1,
    endedAt: '2026-11-23T02:25:46.000Z',
    attempts: [
      { attempt: 1, ...runner, claimedAt: '2026-11-23T02:15:45.500Z' },
      { attempt: 2, ...reaper, claimedAt: '2026-11-23T02:25:45.000Z' },
    ],
  })
  expect(text.split('\n').slice(3, 8)).toEqual([
    'attempt 1  here, process 7, batchquery 0.1.0, since 2026-11-23T02:15:45.500Z',
    'attempt 2  there, process 8, batchquery 0.1.0, since 2026-11-23T02:25:45.000Z',
    'created    2026-11-23T02:15:45.000Z',
    'started    2026-11-23T02:15:46.000Z, attempt 1',
    'ended      2026-11-23T02:25:46.000Z (10 min), attempt 2',
  ])
})

const RUNNING = {
  ...SHOWN,
  state: 'RUNNING',
  attempt: 1,
  startedAt: '2026-11-23T02:15:46.000Z',
  heartbeatAt: '2026-11-23T02:19:56.000Z',
  progress: { rows: 1_000_000, bytes: 250_000_000, parts: 2 },
} as const

/** The lines of a summary that have one of these labels. */
const linesOf = (run: Parameters<typeof summary>[0], ...labels: string[]): string[] =>
  summary(run)
    .split('\n')
    .filter(line => labels.includes(line.slice(0, 10).trim()))

test('a summary has rate, age of the heartbeat and begun exports when the run is RUNNING', () => {
  const begun = [{ uri: 's3://b/next', attempt: 1, number: 2, mode: 'streamed', format: 'TEXT' }] as const
  const exports = [exported('s3://b/first', { bytes: 2_000, rows: 1_234, parts: [] })]
  const run = { ...RUNNING, exports, exportCount: 1, begun }
  expect(linesOf(run, 'state', 'started', 'progress', 'rate', 'export')).toEqual([
    'state      RUNNING, last heard 4 s ago',
    'started    2026-11-23T02:15:46.000Z (4 min 14 s ago)',
    'progress   1,000,000 rows, 250 MB before compression',
    'rate       4,000 rows/s, 1 MB/s since it started',
    'export     s3://b/first PUBLISHED: 1,234 rows, 2 kB in the store',
    'export     s3://b/next BEGUN: not all of its parts are staged',
  ])
})

test('a summary has no rate when there is no progress, or the run has ended', () => {
  const nothing = { ...RUNNING, progress: { rows: 0, bytes: 0, parts: 0 } }
  const justStarted = { ...RUNNING, heartbeatAt: RUNNING.startedAt }
  const ended = { ...RUNNING, state: 'SUCCEEDED', endedAt: '2026-11-23T02:19:57.000Z' } as const
  for (const run of [nothing, justStarted, ended]) expect(linesOf(run, 'rate')).toEqual([])
  expect(linesOf(ended, 'state', 'started', 'ended')).toEqual([
    'state      SUCCEEDED',
    'started    2026-11-23T02:15:46.000Z',
    'ended      2026-11-23T02:19:57.000Z (4 min 11 s)',
  ])
})

test('a summary has the number of exports before those of the record', () => {
  const exports = [exported('s3://b/latest', { parts: [] })]
  expect(linesOf({ ...SHOWN, exports, exportCount: 1_991 }, 'export').at(-1)).toBe(
    'export     and 1,990 earlier exports',
  )
  // Records of version 1 have no count.
  expect(linesOf({ ...SHOWN, exports, exportCount: 0 }, 'export')).toHaveLength(1)
})

test('a summary shows parameters, arguments and timeout, escaped and cut', () => {
  const params = { month: '2026-11', note: `a\nstate SUCCEEDED\u001b[2J${'x'.repeat(1_000)}`, key: '***' }
  const request = { ...RUN.request, timeoutSeconds: 5_400 }
  const lines = linesOf(
    { ...SHOWN, params, args: ['--full', 'a b'], request },
    'parameter',
    'arguments',
    'timeout',
  )
  expect(lines).toEqual([
    'arguments  ["--full","a b"]',
    'parameter  month=2026-11',
    expect.stringMatching(/^parameter {2}note=a\\nstate SUCCEEDED\\u001b\[2Jx+…$/),
    'parameter  key=***',
    'timeout    1 h 30 min',
  ])
  expect(lines[2].length).toBeLessThan(220)
})
