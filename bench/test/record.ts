import type { BenchRecord, Sample } from '../src/record.ts'

export const NODE_20 = '20.19.0'
export const NODE_24 = '24.1.0'

const SCENARIOS: BenchRecord['scenarios'] = [
  { id: 'mysql/discard', title: 'the baseline', family: 'mysql', node: null },
  { id: 'mysql/batchquery-directory', title: 'batchquery to a directory', family: 'mysql', node: NODE_20 },
  { id: 'mysql/batchquery-directory', title: 'batchquery to a directory', family: 'mysql', node: NODE_24 },
  { id: 'mysql/mydumper', title: '`mydumper`', family: 'mysql', node: null },
  { id: 'mysql/outfile', title: 'INTO OUTFILE', family: 'mysql', node: null },
  { id: 'quarter/batchquery-s3', title: 'batchquery to S3', family: 'quarter', node: NODE_20 },
]

/** A sample with defaults for everything that a test does not set. */
export function sample(
  scenario: string,
  node: string | null,
  seconds: number,
  more: Partial<Sample> = {},
): Sample {
  return {
    scenario,
    node,
    subject: 'mysql/narrow',
    round: 1,
    seconds,
    processSeconds: seconds + 0.3,
    cpuSeconds: 2,
    peakMegabytes: 80,
    gcSeconds: null,
    syncSeconds: null,
    ...more,
  }
}

/** A run with these samples; the narrow table has 1 GB. */
export function record(samples: readonly Sample[], more: Partial<BenchRecord> = {}): BenchRecord {
  return {
    version: 1,
    startedAt: '2026-01-02T03:04:05.000Z',
    seconds: 600,
    machine: {
      cpu: 'Some CPU',
      cores: 2,
      memoryGb: 16,
      system: 'Some Linux',
      filesystem: 'ext4',
      loadBefore: 0.1,
    },
    versions: { batchquery: '0.1.0' },
    nodes: [NODE_20, NODE_24],
    options: { rounds: 5, megabytes: 1040, big: false, smoke: false },
    notes: [],
    subjects: [
      { id: 'mysql/narrow', title: 'table1, 10 x 3', rows: 10_000_000, textBytes: 1e9 },
      { id: 'mysql/narrow-slice', title: 'table1, 1 x 3', rows: 1_000_000, textBytes: 1e8 },
    ],
    scenarios: SCENARIOS,
    samples: [...samples],
    ...more,
  }
}
