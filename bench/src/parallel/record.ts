import * as v from 'valibot'
import { readMeasurements } from '../read-measurements.ts'

const exportSchema = v.object({
  source: v.picklist(['mariadb', 'postgres']),
  /** MB per second that each connection may receive; null: no limit. */
  limit: v.nullable(v.number()),
  /** `table`: all columns. `digests`: a query that costs the server most of the time. */
  query: v.picklist(['table', 'digests']),
  program: v.string(),
  format: v.picklist(['TEXT', 'PARQUET', 'SQL']),
  /** How many sessions read; 0: the statement has no PARALLEL. */
  readers: v.number(),
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
  /** The databases, with their versions. */
  sources: v.array(v.string()),
  rows: v.number(),
  rounds: v.number(),
  samples: v.array(sampleSchema),
})

/** All measurements of `npm run bench -- --parallel`. */
export type ParallelRecord = v.InferOutput<typeof recordSchema>
export type ParallelSample = v.InferOutput<typeof sampleSchema>
/** A program, and what it exports with how many sessions. */
export type ParallelExport = v.InferOutput<typeof exportSchema>

/** @throws as `readMeasurements` */
export const readParallelRecord = (path: string): Promise<ParallelRecord> =>
  readMeasurements(path, recordSchema, 'npm run bench -- --parallel')
