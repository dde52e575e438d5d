import { expect, test } from 'vitest'
import { jobsTable, measureJobs } from '../src/jobs/bench-jobs.ts'
import type { Job } from '../src/jobs/commands.ts'

const job = (script: string, limit: number): Job => ({
  what: script,
  ours: { argv: [process.execPath, '-e', script] },
  peer: { argv: [process.execPath, '-e', '0'] },
  limit,
})

test('a job is measured next to its peer in each round but the first', async () => {
  const samples = await measureJobs([job('0', 1), job('1', 1)], 2)
  expect([...samples.values()].map(rounds => rounds.length)).toEqual([2, 2])
})

test('a table shows the medians, and whether each job keeps its limit', () => {
  const rounds = [0.3, 0.1, 0.2].map(ours => ({ ours, peer: ours / 4 }))
  const samples = new Map([
    [job('a', 4), rounds],
    [job('b', 3.9), rounds],
  ])
  expect(jobsTable(samples).rows).toEqual([
    ['a', '3', '200', '50', '100', '4.00', 'at most 4', 'reached'],
    ['b', '3', '200', '50', '100', '4.00', 'at most 3.9', 'not reached'],
  ])
})

test('a job fails with its command when a program fails', async () => {
  await expect(measureJobs([job('process.exit(3)', 1)], 1)).rejects.toThrow(
    /-e process\.exit\(3\) ended with 3/,
  )
})
