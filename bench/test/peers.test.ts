import { expect, test } from 'vitest'
import { drawBars } from '../../scripts/docs/bars.mjs'
import { shorten } from '../src/peers/measure-peers.ts'
import type { PeerExport, PeerSample, PeersRecord } from '../src/peers/record.ts'
import { sectionOf, withSection } from '../src/report/page-sections.ts'
import { peersBars } from '../src/report/peers-bars.ts'
import { peersPage, peersSection, SECTION_HEADING } from '../src/report/peers-page.ts'
import { betterPeers, peersTables, summaryTable } from '../src/report/peers-tables.ts'

const at = (candidate: number): PeerExport => ({
  ...{ source: 'mysql', table: 'typed', target: 'directory', candidate },
})

const sample = (candidate: number, clientCpuSeconds: number): PeerSample => ({
  ...at(candidate),
  round: 1,
  seconds: 4,
  clientCpuSeconds,
  serverCpuSeconds: 1,
  peakMegabytes: 100,
  fileBytes: 5e6,
  readCpuSeconds: 0.5,
})

const harm = { longestStatementMs: 1200, sessions: 2, keptVersions: 90 }
const RECORD: PeersRecord = {
  version: 1,
  startedAt: '2026-01-02T03:04:05.000Z',
  seconds: 600,
  machine: {
    ...{ cpu: 'Some CPU', cores: 2, memoryGb: 16, system: 'Some Linux' },
    ...{ filesystem: 'ext4', loadBefore: 0.1 },
  },
  nodes: ['20.19.0', '24.1.0'],
  options: { rounds: 3, megabytes: 150, smoke: false },
  sources: [{ name: 'mysql', title: 'MySQL 8.0.33' }],
  tables: [{ name: 'typed', about: 'many types', rows: 1000 }],
  candidates: [
    { program: 'batchquery', settings: 'PARQUET ZSTD', isOurs: true, isText: false },
    { program: 'batchquery', settings: 'PARQUET SNAPPY', isOurs: true, isText: false },
    { program: 'other', settings: 'defaults', isOurs: false, isText: false },
    { program: 'broken', settings: 'defaults', isOurs: false, isText: false },
  ],
  leftOut: [{ name: 'absent', reason: 'there is no cargo on this machine' }],
  checks: [
    { ...at(0), outcome: 'correct', message: null, harm },
    { ...at(1), outcome: 'correct', message: null, harm },
    { ...at(2), outcome: 'wrong', message: 'other values in seen', harm },
    { ...at(3), outcome: 'crash', message: 'panicked at `x`', harm: null },
  ],
  samples: [sample(0, 3), sample(0, 5), sample(0, 4), sample(1, 2), sample(2, 1)],
}

test('a table shows the medians, the load on the database, and a program that failed with its message', () => {
  const [table] = peersTables(RECORD)
  expect(table?.title).toBe('MySQL 8.0.33: typed')
  expect(table?.rows[0]).toEqual([
    ...['batchquery, PARQUET ZSTD', '4.00', '4.00', '1.00', '100', '5.0', '0.50'],
    ...['1,200', '2', '90', 'correct'],
  ])
  expect(table?.rows[3]?.slice(1)).toEqual([...Array(9).fill('–'), 'crash'])
  expect(table?.remark).toContain("- broken, defaults: `panicked at 'x'`")
})

test('the summary shows the better settings of each program, and what is wrong', () => {
  expect(summaryTable(RECORD).rows).toEqual([['MySQL 8.0.33: typed', '2.00', '1.00 (wrong)', 'crash']])
})

test("a table shows where others are better, as the share of batchquery's better figure", () => {
  expect(betterPeers(RECORD).rows).toEqual([
    ['other (wrong)', 'MySQL 8.0.33: typed', '–', '0.50', '–', '–', '–', '–'],
  ])
})

test('the section names the programs that were left out, and why', () => {
  expect(peersSection(RECORD)).toContain('- absent: there is no cargo on this machine')
  expect(peersPage(RECORD)).toContain('`typed`, 1,000 rows: many types')
})

test('the section replaces its former version in a page, and the rest stays', () => {
  const page = '# Benchmarks\n\ntext\n'
  const first = withSection(page, `${SECTION_HEADING}\n\none\n`)
  const followed = `${first}\n## More\n\nmore\n`
  expect(withSection(followed, `${SECTION_HEADING}\n\ntwo\n`)).toBe(
    `# Benchmarks\n\ntext\n\n${SECTION_HEADING}\n\ntwo\n\n## More\n\nmore\n`,
  )
  expect(sectionOf(followed, SECTION_HEADING)).toBe(`${SECTION_HEADING}\n\none`)
  expect(sectionOf(page, SECTION_HEADING)).toBeNull()
})

test('a page without the section gets it after its first part', () => {
  expect(withSection('# Benchmarks\n\ntext\n\n## More\n\nmore\n', `${SECTION_HEADING}\n\none\n`)).toBe(
    `# Benchmarks\n\ntext\n\n${SECTION_HEADING}\n\none\n\n## More\n\nmore\n`,
  )
})

test('a picture has a bar for each program, and the outcome of one that failed', () => {
  const bars = peersBars(RECORD)
  expect(bars.groups[0]?.bars.map(({ values }) => values)).toEqual([[2, 1], [1, 1], []])
  const svg = drawBars(bars)
  expect(svg.match(/<rect/g)).toHaveLength(1 + 4)
  expect(svg).toContain('>crash</text>')
  expect(svg).toContain('2.00 s, wrong')
})

test('a message is the most informative line of the output, without colors and passwords', () => {
  expect(shorten('\u001b[31mfatal:\u001b[0m\n~ no table for s3cret\nbye', ['s3cret'])).toBe(
    'fatal: ~ no table for ***',
  )
  expect(shorten('one\ntwo\n', [])).toBe('two')
  expect(shorten('', [])).toBe('no message')
})
