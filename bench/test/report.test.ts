import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readPrices } from '../src/prices.ts'
import { readRecord } from '../src/record.ts'
import { betterElsewhere } from '../src/report/better-elsewhere.ts'
import { exportTables } from '../src/report/export-tables.ts'
import { exportsBars } from '../src/report/exports-bars.ts'
import { Figures } from '../src/report/figures.ts'
import { priceTable } from '../src/report/other-tables.ts'
import { reportAsMarkdown, reportAsText } from '../src/report/report.ts'
import { asMarkdown, asText } from '../src/report/table.ts'
import { NODE_20, NODE_24, record, sample } from './record.ts'

const OURS = 'mysql/batchquery-directory'
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'batchquery-report-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('a table of a database shows the fastest first, with the base of each figure', () => {
  const samples = [
    sample('mysql/discard', null, 5),
    sample('mysql/mydumper', null, 20, { cpuSeconds: 3 }),
    sample(OURS, NODE_20, 9, { gcSeconds: 0.09, cpuSeconds: 4 }),
    sample(OURS, NODE_20, 11, { gcSeconds: 0.11, cpuSeconds: 4 }),
  ]
  const [table] = exportTables(new Figures(record(samples)))
  expect(table?.title).toBe('MariaDB: table1, 10 x 3, 1,000 MB as TEXT')
  expect(table?.rows).toEqual([
    ['the baseline', '', '1', '5.00', '–', '2.00', '200', '2.00', '80', '–', '1.00'],
    ['batchquery to a directory', '20', '2', '10.00', '20', '1.00', '100', '4.00', '80', '1.0', '2.00'],
    ['`mydumper`', '', '1', '20.00', '–', '0.50', '50', '3.00', '80', '–', '4.00'],
  ])
})

test("a table shows where other programs are better, as the share of batchquery's figure", () => {
  const peer = sample('mysql/mydumper', null, 8, { cpuSeconds: 1, peakMegabytes: 20 })
  const ours = sample(OURS, NODE_20, 10)
  expect(betterElsewhere(new Figures(record([ours, peer]))).rows).toEqual([
    ['`mydumper`', 'batchquery to a directory', 'narrow', '0.80', '0.50', '0.25'],
  ])
  const slower = sample('mysql/mydumper', null, 11, { cpuSeconds: 1, peakMegabytes: 20 })
  expect(betterElsewhere(new Figures(record([ours, slower]))).rows[0]?.[3]).toBe('–')
  const worse = sample('mysql/mydumper', null, 11, { cpuSeconds: 3, peakMegabytes: 90 })
  expect(betterElsewhere(new Figures(record([ours, worse]))).rows).toEqual([])
})

test('the price of a TB follows from the speed at a quarter of a core', async () => {
  const samples = [sample('quarter/batchquery-s3', NODE_20, 10, { subject: 'mysql/narrow-slice' })]
  const prices = await readPrices()
  const [row] = priceTable(new Figures(record(samples)), prices).rows
  // 10 MB/s: 100,000 s for a TB, at a quarter of a vCPU and half a GB
  const { x86 } = prices.fargate
  const dollars = (100_000 / 3600) * (0.25 * x86.dollarsPerVcpuHour + 0.5 * x86.dollarsPerGbHour)
  expect(row?.slice(1, 6)).toEqual(['narrow', '10.0', '40', '27.8', dollars.toFixed(3)])
})

test('the page begins with answers in words and ends with the targets', async () => {
  const samples = [
    sample('mysql/discard', null, 9),
    sample('mysql/mydumper', null, 11, { cpuSeconds: 7, peakMegabytes: 20 }),
    sample(OURS, NODE_20, 10, { cpuSeconds: 4 }),
    sample(OURS, NODE_24, 8),
    sample('quarter/batchquery-s3', NODE_20, 10, { subject: 'mysql/narrow-slice' }),
  ]
  const page = reportAsMarkdown(record(samples), await readPrices())
  const [first = ''] = page.split('\n## ')
  expect(first.replaceAll('\n  ', ' ').match(/^- .*/gm)).toEqual([
    '- **From MariaDB to a file**: 10.0 s for 10,000,000 rows, 1,000 MB as TEXT. For comparison: the baseline (9.0 s), `mydumper` (11.0 s).',
    '- **Memory**: 80 MB to a file. For comparison: `mydumper` (20 MB).',
    '- **CPU**: 4.0 s per GB to a file. For comparison: `mydumper` (7.0 s per GB).',
    expect.stringMatching(
      /^- .* 10\.0 MB\/s to S3\. On Fargate, a TB takes 27\.8 hours and costs \$0\.\d{3}, /,
    ),
  ])
  expect(first).toContain('pictures/exports.svg')
  expect(first).toContain('### Where other programs are better')
  expect(page.match(/^## .*/gm)?.at(-1)).toBe('## Targets of the project')
})

test('the picture shows the exports under the main Node, fastest first', () => {
  const samples = [sample(OURS, NODE_20, 10), sample(OURS, NODE_24, 8), sample('mysql/mydumper', null, 9.128)]
  expect(exportsBars(new Figures(record(samples))).groups).toEqual([
    {
      title: 'MariaDB: table1, 10 x 3, 1,000 MB as TEXT',
      bars: [
        { name: 'mydumper', isOurs: false, values: [9.13], note: '' },
        { name: 'batchquery to a directory', isOurs: true, values: [10], note: '' },
      ],
    },
  ])
})

test('tables are printed in Markdown and for a terminal', () => {
  const table = {
    title: 'T',
    head: ['', 'n'],
    rows: [
      ['`a|b`', '1'],
      ['c', '22'],
    ],
    remark: 'R',
  }
  expect(asMarkdown(table)).toBe('### T\n\n|  | n |\n| --- | --: |\n| `a\\|b` | 1 |\n| c | 22 |\n\nR\n')
  expect(asText(table)).toBe('T\n      n\na|b   1\nc    22\nR\n')
})

test('a record makes the same report after it is written and read', async () => {
  const written = record([sample('mysql/discard', null, 5)], { notes: ['Something was not measured.'] })
  const path = join(folder, 'record.json')
  await writeFile(path, JSON.stringify(written))
  const read = await readRecord(path)
  expect(read).toEqual(written)
  const prices = await readPrices()
  const markdown = reportAsMarkdown(read, prices)
  expect(markdown).toContain('# Benchmarks')
  expect(markdown).toContain('- Something was not measured.')
  expect(markdown).toContain('| the baseline |')
  expect(markdown).toContain('| not measured |')
  expect(reportAsText(read, prices)).not.toContain('not measured  ')
})

test('readRecord refuses a file that is not a record', async () => {
  const path = join(folder, 'wrong.json')
  await writeFile(path, '{"version": 2}')
  await expect(readRecord(path)).rejects.toThrow('has no measurements')
  await expect(readRecord(join(folder, 'none.json'))).rejects.toThrow('has no measurements')
})
