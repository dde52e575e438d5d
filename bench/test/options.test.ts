import { expect, test } from 'vitest'
import { BenchError } from '../src/bench-error.ts'
import { parseOptions, writesReport } from '../src/options.ts'

test('a run without options is complete and writes the report', () => {
  const options = parseOptions([])
  expect(options).toMatchObject({ smoke: false, rounds: 5, only: null, node: null })
  expect(options.megabytes).toBeGreaterThan(1000)
  expect(writesReport(options)).toBe(true)
})

test.each([
  [['--smoke']],
  [['--only', 'mysql']],
  [['--megabytes', '100']],
  [['--rounds', '2']],
  [['--node', '/usr/bin/node']],
])('%j writes no report', args => {
  expect(writesReport(parseOptions(args))).toBe(false)
})

test('--smoke means one round of tiny tables', () => {
  expect(parseOptions(['--smoke'])).toMatchObject({ smoke: true, rounds: 1, big: false })
})

test('--only takes a regular expression', () => {
  const { only } = parseOptions(['--only', '^mysql/(discard|mydumper)$'])
  expect(['mysql/discard', 'mysql/discard-not', 'postgres/discard'].filter(id => only?.test(id))).toEqual([
    'mysql/discard',
  ])
})

test('--loops has its own number of rounds, and may compare', () => {
  const options = parseOptions(['--loops', '--against', 'HEAD~1', '--only', 'csv'])
  expect(options).toMatchObject({ loops: true, against: 'HEAD~1', rounds: 9 })
})

test('--jobs has its own number of rounds', () => {
  expect(parseOptions(['--jobs'])).toMatchObject({ jobs: true, loops: false, rounds: 9 })
  expect(parseOptions(['--jobs', '--rounds', '3'])).toMatchObject({ rounds: 3 })
  expect(parseOptions(['--jobs', '--smoke'])).toMatchObject({ jobs: true, rounds: 1 })
})

test('--peers has smaller tables, unless --full is written', () => {
  expect(parseOptions(['--peers'])).toMatchObject({ peers: true, megabytes: 150, rounds: 5 })
  expect(parseOptions(['--peers', '--full'])).toMatchObject({ megabytes: 1040 })
  expect(parseOptions(['--peers', '--megabytes', '30'])).toMatchObject({ megabytes: 30 })
  expect(parseOptions(['--peers', '--smoke'])).toMatchObject({ smoke: true, rounds: 1, megabytes: 2 })
})

test('--partitions has tables of full size', () => {
  expect(parseOptions(['--partitions'])).toMatchObject({ partitions: true, megabytes: 1040, rounds: 5 })
  expect(parseOptions(['--partitions', '--megabytes', '30'])).toMatchObject({ megabytes: 30 })
})

test.each([
  [['--full'], '--full'],
  [['--partitions', '--peers'], '--partitions'],
  [['--peers', '--full', '--smoke'], '--full'],
  [['--peers', '--full', '--megabytes', '3'], '--full'],
  [['--jobs', '--loops'], '--jobs'],
  [['--jobs', '--big'], '--jobs'],
  [['--against', 'HEAD'], '--loops'],
  [['--loops', '--smoke'], '--loops'],
  [['--loops', '--megabytes', '3'], '--loops'],
  [['--rounds', '0'], '--rounds'],
  [['--rounds', 'x'], '--rounds'],
  [['--megabytes', '1e3'], '--megabytes'],
  [['--only', '('], '--only'],
  [['--smoke', '--rounds', '2'], '--smoke'],
  [['--smoke', '--big'], '--smoke'],
  [['--nonsense'], '--nonsense'],
  [['stray'], 'stray'],
])('the parser refuses %j with the usage', (args, named) => {
  expect(() => parseOptions(args)).toThrow(BenchError)
  expect(() => parseOptions(args)).toThrow(named)
  expect(() => parseOptions(args)).toThrow('npm run bench')
})
