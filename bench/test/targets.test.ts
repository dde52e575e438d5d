import { expect, test } from 'vitest'
import { Figures } from '../src/report/figures.ts'
import { targets, targetTable } from '../src/report/targets.ts'
import { NODE_20, NODE_24, record, sample } from './record.ts'

const OURS = 'mysql/batchquery-directory'

function target(figures: Figures, what: string, on: string) {
  const found = targets(figures).find(entry => entry.what.includes(what) && entry.on === on)
  if (found === undefined) throw new Error(`there is no target ${what}`)
  return found
}

test('ratios are computed from medians', () => {
  const samples = [
    ...[10, 11, 50].map(seconds => sample('mysql/discard', null, seconds)),
    ...[12, 1, 12.1].map(seconds => sample(OURS, NODE_20, seconds, { syncSeconds: 4.5 })),
  ]
  const toDirectory = target(new Figures(record(samples)), 'thrown away', 'narrow')
  expect(toDirectory.figure(NODE_20)).toBeCloseTo(12 / 11)
  expect(toDirectory.remark?.(NODE_20)).toBe('1.50 with fdatasync')
  expect(toDirectory.figure(NODE_24)).toBeNull()
})

test('a target is reached when its limit is met exactly, and not beyond', () => {
  const [toDirectory, cpu] = ['thrown away', 'to a directory, s per GB'].map(what =>
    target(new Figures(record([])), what, 'narrow'),
  )
  expect([toDirectory?.isReached(1.15), toDirectory?.isReached(1.16)]).toEqual([true, false])
  expect([cpu?.isReached(6), cpu?.isReached(6.01)]).toEqual([true, false])
  const toS3 = target(new Figures(record([])), 'SDK upload', 'wide')
  expect([toS3.isReached(1.2), toS3.isReached(1.19)]).toEqual([true, false])
})

test('the fastest of several peers counts, and only when all were measured', () => {
  const peers = [
    sample('mysql/mariadb-client', null, 20),
    sample('mysql/outfile', null, 8),
    sample('mysql/mysql2-tsv', null, 50),
  ]
  const ours = sample(OURS, NODE_20, 10)
  const some = target(new Figures(record([ours, ...peers])), 'to a directory / the fastest', 'narrow')
  expect(some.figure(NODE_20)).toBeNull()
  const last = sample('mysql/mariadb-tsv', null, 40)
  const all = target(new Figures(record([ours, ...peers, last])), 'to a directory / the fastest', 'narrow')
  expect(all.figure(NODE_20)).toBe(1.25)
  expect(all.isReached(1.25)).toBe(false)
  expect(all.remark?.(NODE_20)).toBe('INTO OUTFILE')
})

test('the table has a verdict for every Node, and says what was not measured', () => {
  const samples = [
    sample('mysql/discard', null, 10),
    sample(OURS, NODE_20, 11),
    sample(OURS, NODE_24, 13),
    sample('mysql/mydumper', null, 12),
  ]
  const { head, rows } = targetTable(new Figures(record(samples)))
  expect(head.slice(3)).toEqual(['Node 20', 'Node 24'])
  const row = (what: string) => rows.find(([text]) => text?.includes(what))?.slice(3)
  expect(row('thrown away')).toEqual([
    '1.10 (1.10 with fdatasync), reached',
    '1.30 (1.30 with fdatasync), not reached',
  ])
  expect(row('mydumper, 1 thread')).toEqual(['0.92, reached', '1.08, not reached'])
  expect(row('psql COPY')).toEqual(['not measured', 'not measured'])
})
