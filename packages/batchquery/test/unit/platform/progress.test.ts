import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ProgressLine } from '../../../src/platform/index.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const MINUTE = 60_000

function waitingLine() {
  const counts = { rows: 7, bytes: 70, parts: 1 }
  const said: string[] = []
  const line = new ProgressLine(null, text => said.push(text))
  line.start(
    () => counts,
    elapsed => `waiting for the first row, ${elapsed}`,
  )
  return { counts, said, line }
}

test('a line without a terminal says what the export waits for, at growing intervals', () => {
  const { said, line } = waitingLine()
  vi.advanceTimersByTime(16 * MINUTE)
  expect(said.map(text => text.replace('waiting for the first row, ', ''))).toEqual([
    ...['30 s', '1:00', '2:00', '5:00', '10:00', '15:00'],
  ])
  line.stop()
  vi.advanceTimersByTime(60 * MINUTE)
  expect(said).toHaveLength(6)
})

test('a line shows the progress every 10 s once something has arrived', () => {
  const { counts, said } = waitingLine()
  vi.advanceTimersByTime(30_000)
  counts.rows += 60
  vi.advanceTimersByTime(20_000)
  expect(said).toEqual([
    'waiting for the first row, 30 s',
    expect.stringMatching(/^67 rows .*, 1 part, 0:40$/),
    expect.stringMatching(/^67 rows .*, 1 part, 0:50$/),
  ])
})

test('a line without a waiting text shows the progress from the beginning', () => {
  const said: string[] = []
  new ProgressLine(null, text => said.push(text)).start(() => ({ rows: 0, bytes: 0, parts: 0 }))
  vi.advanceTimersByTime(10_000)
  expect(said).toEqual([expect.stringMatching(/^0 rows .*, 0 parts, 0:10$/)])
})
