import * as v from 'valibot'
import { readMeasurements } from './read-measurements.ts'

const subjectSchema = v.object({
  id: v.string(),
  title: v.string(),
  rows: v.number(),
  /** The size of the result as the server's own TEXT. */
  textBytes: v.number(),
})

const scenarioSchema = v.object({
  id: v.string(),
  title: v.string(),
  family: v.picklist(['mysql', 'postgres', 'duckdb', 'length', 'start', 'quarter', 'publication']),
  node: v.nullable(v.string()),
})

const sampleSchema = v.object({
  scenario: v.string(),
  node: v.nullable(v.string()),
  subject: v.string(),
  round: v.number(),
  seconds: v.number(),
  processSeconds: v.number(),
  cpuSeconds: v.number(),
  peakMegabytes: v.number(),
  gcSeconds: v.nullable(v.number()),
  syncSeconds: v.nullable(v.number()),
})

const recordSchema = v.object({
  version: v.literal(1),
  startedAt: v.string(),
  seconds: v.number(),
  machine: v.object({
    cpu: v.string(),
    cores: v.number(),
    memoryGb: v.number(),
    system: v.string(),
    filesystem: v.string(),
    /** The load average of the last minute before the first measurement. */
    loadBefore: v.number(),
  }),
  /** By name, as the programs print them. */
  versions: v.record(v.string(), v.string()),
  /** The versions of Node that batchquery ran under, the main one first. */
  nodes: v.array(v.string()),
  options: v.object({ rounds: v.number(), megabytes: v.number(), big: v.boolean(), smoke: v.boolean() }),
  /** Remarks for the reader, for example about scenarios that could not be measured here. */
  notes: v.array(v.string()),
  subjects: v.array(subjectSchema),
  scenarios: v.array(scenarioSchema),
  samples: v.array(sampleSchema),
})

/** All measurements of a run of the bench, and its environment. */
export type BenchRecord = v.InferOutput<typeof recordSchema>
export type Sample = v.InferOutput<typeof sampleSchema>
export type RecordedScenario = v.InferOutput<typeof scenarioSchema>
export type RecordedSubject = v.InferOutput<typeof subjectSchema>

/** @throws as `readMeasurements` */
export const readRecord = (path: string): Promise<BenchRecord> =>
  readMeasurements(path, recordSchema, 'npm run bench')
