import * as v from 'valibot'
import { readMeasurements } from '../read-measurements.ts'

/** The database, the table and the target of an export, and the index of its candidate. */
const exportSchema = v.object({
  source: v.picklist(['mariadb', 'mysql', 'postgres']),
  table: v.string(),
  target: v.picklist(['directory', 's3']),
  candidate: v.number(),
})

/** The first export of a candidate, which is watched and checked, and whose time does not count. */
const checkSchema = v.object({
  ...exportSchema.entries,
  outcome: v.picklist(['correct', 'wrong', 'refused', 'crash']),
  /** The message of the program, or the fault of the result. Null for a correct result. */
  message: v.nullable(v.string()),
  /** Null if there is no result. */
  harm: v.nullable(
    v.object({ longestStatementMs: v.number(), sessions: v.number(), keptVersions: v.number() }),
  ),
})

const sampleSchema = v.object({
  ...exportSchema.entries,
  round: v.number(),
  seconds: v.number(),
  clientCpuSeconds: v.number(),
  serverCpuSeconds: v.number(),
  peakMegabytes: v.number(),
  fileBytes: v.number(),
  /** The CPU time in which DuckDB reads all values of the result. Null for text, and for a result in S3. */
  readCpuSeconds: v.nullable(v.number()),
})

const recordSchema = v.object({
  version: v.literal(1),
  startedAt: v.string(),
  seconds: v.number(),
  machine: v.object({
    ...{ cpu: v.string(), cores: v.number(), memoryGb: v.number(), system: v.string() },
    ...{ filesystem: v.string(), loadBefore: v.number() },
  }),
  nodes: v.array(v.string()),
  options: v.object({ rounds: v.number(), megabytes: v.number(), smoke: v.boolean() }),
  /** The databases, with their versions. */
  sources: v.array(v.object({ name: exportSchema.entries.source, title: v.string() })),
  tables: v.array(v.object({ name: v.string(), about: v.string(), rows: v.number() })),
  candidates: v.array(
    v.object({ program: v.string(), settings: v.string(), isOurs: v.boolean(), isText: v.boolean() }),
  ),
  leftOut: v.array(v.object({ name: v.string(), reason: v.string() })),
  checks: v.array(checkSchema),
  samples: v.array(sampleSchema),
})

/** All measurements of `npm run bench -- --peers`. */
export type PeersRecord = v.InferOutput<typeof recordSchema>
export type PeerCheck = v.InferOutput<typeof checkSchema>
export type PeerSample = v.InferOutput<typeof sampleSchema>
export type PeerExport = v.InferOutput<typeof exportSchema>

/** @throws as `readMeasurements` */
export const readPeersRecord = (path: string): Promise<PeersRecord> =>
  readMeasurements(path, recordSchema, 'npm run bench -- --peers')
