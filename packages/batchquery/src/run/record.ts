import * as v from 'valibot'
import { contentFields, count, exportFormat, time } from '../journal/index.ts'
import { textRecord } from '../platform/text-record.ts'

import type { Immutable } from './parse-object.ts'

/**
 * The run record, `runs/<id>/run.json`. Runners write version 2. They can still read version 1, which had all exports with
 * their states. This schema is the only definition: the types come from it, and every record read from a store is checked
 * against it, because any program that may write to the bucket may have written the record.
 *
 * The schema drops fields that it does not know, so new fields need no new version. A field whose meaning changes does.
 */

/**
 *     QUEUED ──start──▶ RUNNING ──▶ SUCCEEDED
 *        └─────────────────┴──────▶ FAILED | CANCELLED
 *
 * The words are Athena's. The last three are final.
 */
const runState = v.picklist(['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'])

/**
 *     STAGED ──▶ COMMITTING ──▶ PUBLISHED
 *        └────────────┴───────▶ ABORTED
 *
 * From COMMITTING on, a streamed export only goes forward, unless something makes its publication impossible for good
 * (export/publish.ts). A native export is COMMITTING while the server writes.
 */
const exportState = v.picklist(['STAGED', 'COMMITTING', 'PUBLISHED', 'ABORTED'])

const partRecord = v.object({
  uri: v.string(),
  /** Null if the server wrote the part itself. */
  rows: v.nullable(count),
  bytes: count,
  sha256: v.nullable(v.string()),
})

const exportRecord = v.object({
  uri: v.string(),
  /** The attempt that staged it. */
  attempt: count,
  /** Counts the exports of the attempt from 1; 0 in version 1. The export's folder is `exports/AAAA-NNNN/`. */
  number: v.optional(count, 0),
  mode: v.picklist(['native', 'streamed']),
  format: exportFormat,
  state: exportState,
  /** Between this time and the next one, readers may see parts of two results. Null if the export did not get so far. */
  committingAt: v.nullable(time),
  publishedAt: v.nullable(time),
  rows: count,
  bytes: count,
  /** The first ones. A record has at most 32 parts for all its exports together. */
  parts: v.array(partRecord),
  /** The manifest's URI; null without MANIFEST ON. */
  manifest: v.nullable(v.string()),
  /** `invalidDates` has the first 10 columns. */
  ...contentFields,
})

const outputRecord = v.object({
  uri: v.string(),
  /** Null if the script did not report it. */
  rows: v.nullable(count),
  bytes: v.nullable(count),
})

export const databaseRecord = v.object({
  dialect: v.string(),
  /** Kind and version, `mariadb 10.11.19-MariaDB`; null before the login. */
  server: v.nullable(v.string()),
  host: v.string(),
  name: v.string(),
  sessions: v.array(v.string()),
})

export const runnerRecord = v.object({
  host: v.string(),
  pid: count,
  version: v.string(),
  /** The ARN of the ECS task that contains the runner; absent on other engines. */
  ecsTask: v.optional(v.string()),
  /** The size of that ECS task, and when AWS began to charge for it. Absent if ECS did not say, and in records of earlier versions. */
  ecsSize: v.optional(
    v.object({ cpu: count, memory: count, architecture: v.picklist(['X86_64', 'ARM64']), since: time }),
  ),
  /** Identifies the process that had the number `pid`. Absent if the system cannot say, and in records of earlier versions. */
  process: v.optional(
    v.object({
      start: v.string(),
      machine: v.string(),
      /** The process is a program that uses the library. That it lives does not mean that the run does. */
      isShared: v.optional(v.boolean()),
    }),
  ),
})

const errorRecord = v.object({
  /** A code of errors/catalogue.ts or of a newer batchquery. */
  code: v.string(),
  message: v.string(),
  hint: v.nullable(v.string()),
  retryable: v.boolean(),
})

const rangesRecord = v.object({
  done: count,
  all: count,
  /** As the statistics of the database estimate them; null if they do not. */
  expectedRows: v.nullable(v.pipe(v.number(), v.finite(), v.minValue(0))),
})

export const runRecordSchema = v.object({
  version: v.picklist([1, 2]),
  id: v.string(),
  state: runState,
  /** 0 before the first claim. */
  attempt: count,
  task: v.object({
    bucket: v.string(),
    key: v.string(),
    versionId: v.nullable(v.string()),
    sha256: v.nullable(v.string()),
  }),
  args: v.array(v.string()),
  /** Secret values are masked. */
  params: textRecord,
  /** The submitter's choices. Null: the runner's own configuration decides. */
  request: v.object({
    database: v.nullable(v.string()),
    timeoutSeconds: v.nullable(v.pipe(v.number(), v.finite(), v.minValue(0))),
    pin: v.nullable(v.string()),
    /** How to write exports. Records of earlier versions do not have it. */
    mode: v.optional(v.picklist(['auto', 'native', 'streamed'])),
    /** Whether the run fails if another run writes to one of its destinations. */
    exclusive: v.optional(v.boolean()),
    /** How often the runner may start again after an error that may pass. Absent: never. */
    retries: v.optional(count),
    /** The names of the variables that the script got. Absent for SQL and in records of earlier versions. */
    variables: v.optional(v.array(v.string())),
  }),
  engine: v.object({ name: v.string() }),
  /** The run that this one repeats, if any. */
  repeats: v.optional(v.string()),
  runner: v.nullable(runnerRecord),
  databases: v.array(databaseRecord),
  createdAt: time,
  startedAt: v.nullable(time),
  /** The attempt that started at `startedAt`. A later attempt may only have ended the run. Absent in earlier versions. */
  startedAttempt: v.optional(count),
  endedAt: v.nullable(time),
  heartbeatAt: v.nullable(time),
  exitCode: v.nullable(count),
  error: v.nullable(errorRecord),
  /** At most 100. */
  warnings: v.array(v.string()),
  progress: v.object({
    rows: count,
    bytes: count,
    parts: count,
    /** The latest export that several sessions read has them. */
    ranges: v.optional(rangesRecord),
  }),
  /** The statement that runs, as of the last write. Absent if none runs, in a script, and in records of earlier versions. */
  statement: v.optional(v.object({ number: count, line: count, since: time })),
  /** The exports that have not ended, and the latest 10 that have. Version 1 has all. */
  exports: v.array(exportRecord),
  /** How many exports the run has, without those whose parts are not all staged yet. Version 1 does not have it. */
  exportCount: v.optional(count, 0),
  /** The outputs that a script reported; at most 100. Records of earlier versions have none. */
  outputs: v.optional(v.array(outputRecord), []),
  /** The prefix of the keys of the latest attempt's log. In earlier versions, whose log is one object, that object's key. */
  log: v.nullable(v.string()),
})

/** Times are ISO 8601, UTC. */
export type RunRecord = Immutable<v.InferOutput<typeof runRecordSchema>>
export type RunState = RunRecord['state']
export type DatabaseRecord = RunRecord['databases'][number]
export type RunnerRecord = NonNullable<RunRecord['runner']>
export type Progress = RunRecord['progress']
export type ExportRecord = RunRecord['exports'][number]
export type OutputRecord = RunRecord['outputs'][number]
export type ExportState = ExportRecord['state']

/** Whether the run has ended. Its record does not change any more then. */
export const isFinal = (state: RunState): boolean => state !== 'QUEUED' && state !== 'RUNNING'
