import { expect, test } from 'vitest'
import type { PartitionsRecord, PartitionsSample } from '../src/partitions/record.ts'
import { sectionOf, withSection } from '../src/report/page-sections.ts'
import { PARTITIONS_HEADING, partitionsSection, partitionsTables } from '../src/report/partitions-section.ts'

const sample = (
  division: PartitionsSample['division'],
  seconds: number,
  other: Partial<PartitionsSample> = {},
): PartitionsSample => ({
  ...{ program: 'batchquery', format: 'CSV', target: 'directory', division, round: 1, seconds },
  ...{ cpuSeconds: seconds / 2, peakMegabytes: 90 },
  ...other,
})

const RECORD: PartitionsRecord = {
  ...{ version: 1, startedAt: '2026-01-02T03:04:05.000Z', seconds: 600 },
  machine: {
    ...{ cpu: 'Some CPU', cores: 2, memoryGb: 16, system: 'Some Linux' },
    ...{ filesystem: 'ext4', loadBefore: 0.1 },
  },
  ...{ node: '20.19.0', source: 'MariaDB 10.11.1', rows: 1000, partitions: 10, rounds: 3 },
  samples: [
    ...[
      sample('none', 4),
      sample('ordered', 5),
      sample('random', 9),
      sample('random', 7),
      sample('random', 8),
    ],
    sample('none', 6, { program: 'DuckDB' }),
  ],
}

test('a table shows the medians, and the speed as a share of that without partitions', () => {
  const tables = partitionsTables(RECORD)
  expect(tables.map(({ title }) => title)).toEqual(['FORMAT CSV'])
  expect(tables[0]?.rows).toEqual([
    ['batchquery', 'a directory', 'one result', '1', '4.00', '2.00', '90', '', ''],
    [
      'batchquery',
      'a directory',
      'partitions, rows in their order',
      '1',
      '5.00',
      '2.50',
      '90',
      '0.80',
      '0.80',
    ],
    [
      'batchquery',
      'a directory',
      'partitions, rows in random order',
      '3',
      '8.00',
      '4.00',
      '90',
      '0.50',
      '0.50',
    ],
    ['DuckDB', 'a directory', 'one result', '1', '6.00', '3.00', '90', '', ''],
  ])
})

test('the section replaces its former version', () => {
  const page = withSection('# Benchmarks\n\ntext\n\n## More\n\nmore\n', partitionsSection(RECORD))
  expect(page).toContain('medians of 3 rounds')
  expect(page.endsWith('\n## More\n\nmore\n')).toBe(true)
  expect(withSection(page, partitionsSection(RECORD))).toBe(page)
  expect(sectionOf(page, PARTITIONS_HEADING)).toBe(partitionsSection(RECORD))
})
