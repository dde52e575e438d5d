import * as v from 'valibot'
import { readMeasurements } from '../read-measurements.ts'

const exportSchema = v.object({
  program: v.picklist(['batchquery', 'DuckDB']),
  format: v.picklist(['CSV', 'PARQUET']),
  target: v.picklist(['directory', 's3']),
  /** Whether it writes partitions, and whether the rows come in their order. */
  division: v.picklist(['none', 'ordered', 'random']),
})

const sampleSchema = v.object({
  ...exportSchema.entries,
  round: v.number(),
  seconds: v.number(),
  cpuSeconds: v.number(),
  peakMegabytes: v.number(),
})

const recordSchema = v.object({
  version: v.literal(1),
  startedAt: v.string(),
  seconds: v.number(),
  machine: v.object({
    ...{ cpu: v.string(), cores: v.number(), memoryGb: v.number(), system: v.string() },
    ...{ filesystem: v.string(), loadBefore: v.number() },
  }),
  node: v.string(),
  /** The database, with its version. */
  source: v.string(),
  rows: v.number(),
  partitions: v.number(),
  rounds: v.number(),
  samples: v.array(sampleSchema),
})

/** All measurements of `npm run bench -- --partitions`. */
export type PartitionsRecord = v.InferOutput<typeof recordSchema>
export type PartitionsSample = v.InferOutput<typeof sampleSchema>
/** The program, the format, the target and the partitions of an export. */
export type PartitionsExport = v.InferOutput<typeof exportSchema>

/** @throws as `readMeasurements` */
export const readPartitionsRecord = (path: string): Promise<PartitionsRecord> =>
  readMeasurements(path, recordSchema, 'npm run bench -- --partitions')
