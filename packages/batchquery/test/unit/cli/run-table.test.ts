import { expect, test } from 'vitest'
import { narrowRunTable, runTable } from '../../../src/cli/run-table.ts'
import { changeLine } from '../../../src/cli/watch-runs.ts'
import type { RunRecord } from '../../../src/run/index.ts'
import { queuedRecord } from '../../../src/run/new-run.ts'
import { DirectoryStore } from '../../../src/store/index.ts'
import { newRun } from '../run/fixture.ts'

const HOME = { settings: { bucket: 'home' }, store: new DirectoryStore('/home') }
const NOW = new Date('2026-11-23T02:20:00.000Z')

function shown(key: string, changed: Partial<RunRecord & { dead: boolean }> = {}) {
  const run = newRun({
    id: 'r1',
    task: { bucket: 'home', key },
    createdAt: new Date('2026-11-23T02:15:45.000Z'),
  })
  return { ...queuedRecord(run), dead: false, ...changed }
}

const rows = (...runs: ReturnType<typeof shown>[]) => runTable(runs, HOME, NOW).split('\n')

test('a table has the time of each run: until now when it is RUNNING, until its end when it has ended', () => {
  const startedAt = '2026-11-23T02:15:46.000Z'
  expect(
    rows(
      shown('script/a.sql'),
      shown('script/a.sql', { state: 'RUNNING', startedAt, progress: { rows: 1234, bytes: 5000, parts: 1 } }),
      shown('script/a.sql', { state: 'RUNNING', startedAt, dead: true }),
      shown('script/a.sql', {
        ...{ state: 'FAILED', startedAt, endedAt: '2026-11-23T02:15:47.500Z' },
        error: { code: 'QUERY_FAILED', message: 'no', hint: null, retryable: false },
      }),
    ),
  ).toEqual([
    'RUN  STATE          CREATED                     TIME   ROWS  SIZE  ERROR         TASK',
    'r1   QUEUED         2026-11-23T02:15:45Z                  0   0 B                a.sql',
    'r1   RUNNING        2026-11-23T02:15:45Z  4 min 14 s  1,234  5 kB                a.sql',
    'r1   RUNNING, dead  2026-11-23T02:15:45Z  4 min 14 s      0   0 B                a.sql',
    'r1   FAILED         2026-11-23T02:15:45Z       1.5 s      0   0 B  QUERY_FAILED  a.sql',
  ])
})

test.each([
  ['runs/r1/task/report.sql', 'report.sql'],
  ['runs/r1/task/report/', 'report/'],
  ['script/monthly/report.sql', 'monthly/report.sql'],
  ['runs/r2/task/report.sql', 's3://home/runs/r2/task/report.sql'],
  ['elsewhere/report.sql', 's3://home/elsewhere/report.sql'],
  ['script/', 's3://home/script/'],
  ['script/a\u001b[2J\nSUCCEEDED.sql', 'a\\u001b[2J\\nSUCCEEDED.sql'],
])('a table shows the task %j as %s', (key, task) => {
  expect(rows(shown(key))[1]).toMatch(/^r1 {3}QUEUED /)
  expect(rows(shown(key))[1].endsWith(`  ${task}`)).toBe(true)
})

test('a table shows the URI of a task in the script folder of another bucket', () => {
  const run = shown('script/a.sql')
  expect(rows({ ...run, task: { ...run.task, bucket: 'other' } })[1]).toMatch(
    / s3:\/\/other\/script\/a\.sql$/,
  )
})

test('a table is aligned when names have wide characters', () => {
  const lines = rows(
    shown('script/表.sql'),
    shown('x', { error: { code: '失敗', message: '', hint: null, retryable: false } }),
  )
  expect(lines[1].indexOf('表.sql')).toBe(lines[0].indexOf('TASK'))
  expect(lines[2].indexOf('s3://')).toBe(lines[0].indexOf('TASK') - 2)
})

test('the line of a change has its time, and escapes control characters', () => {
  const startedAt = '2026-11-23T02:15:46.000Z'
  const endedAt = '2026-11-23T02:15:47.500Z'
  const error = { code: 'A\u001b[2J', message: '', hint: null, retryable: false }
  expect(changeLine(shown('script/a.sql'), HOME)).toBe('2026-11-23T02:15:45.000Z\tr1\tQUEUED\ta.sql')
  expect(changeLine(shown('script/a.sql', { state: 'RUNNING', startedAt, dead: true }), HOME)).toBe(
    `${startedAt}\tr1\tRUNNING, dead\ta.sql`,
  )
  expect(changeLine(shown('script/a\nb', { state: 'FAILED', startedAt, endedAt, error }), HOME)).toBe(
    `${endedAt}\tr1\tFAILED\ta\\nb\tA\\u001b[2J`,
  )
})

test.each([
  [200, 'RUN STATE CREATED TIME ROWS SIZE ERROR TASK'],
  [0, 'RUN STATE CREATED TIME ROWS SIZE ERROR TASK'],
  [60, 'RUN STATE TIME ROWS SIZE ERROR TASK'],
  [48, 'RUN STATE TIME ROWS ERROR TASK'],
  [10, 'RUN STATE TIME ERROR TASK'],
])('a table for %i columns has %s', (width, columns) => {
  const text = narrowRunTable([shown('script/monthly/a.sql')], HOME, NOW, width)
  expect(text.split('\n')[0].split(/ +/).join(' ')).toBe(columns)
})
