import * as v from 'valibot'
import { count, exportFormat, time } from '../journal/index.ts'
import { textRecord } from '../platform/text-record.ts'

import type { Immutable } from './parse-object.ts'

/**
 * The run record, `runs/<id>/run.json`. Runners write version 2; version 1, which had all exports with their states, can
 * still be read. This schema is its one definition: what is read from a store
 * passes through it, and the types come from it. Whoever may write to the bucket may have written the record.
 *
 * Fields that it does not know are left out, so a version may grow by new fields. A changed meaning takes a new
 * version.
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
 * From COMMITTING on an export only goes forward, but for one case: under OVERWRITE OFF somebody else's object
 * appeared at the destination, and what was committed beside it is taken back.
 */
const exportState = v.picklist(['STAGED', 'COMMITTING', 'PUBLISHED', 'ABORTED'])

const partRecord = v.object({
  uri: v.string(),
  /** Null where the server wrote the part itself. */
  rows: v.nullable(count),
  bytes: count,
  sha256: v.nullable(v.string()),
})

const exportRecord = v.object({
  uri: v.string(),
  /** The attempt that staged it. */
  attempt: count,
  /** Among those of the attempt, from 1; 0 in version 1. Its folder is `exports/AAAA-NNNN/`. */
  number: v.optional(count, 0),
  mode: v.picklist(['native', 'streamed']),
  format: exportFormat,
  state: exportState,
  /** Between these two readers may see a mixture. Null where it did not come so far. */
  committingAt: v.nullable(time),
  publishedAt: v.nullable(time),
  rows: count,
  bytes: count,
  /** The first ones: a record has 32 of all its exports. */
  parts: v.array(partRecord),
  /** The manifest's URI, null without MANIFEST ON. */
  manifest: v.nullable(v.string()),
})

const outputRecord = v.object({
  uri: v.string(),
  /** Null where the script did not say. */
  rows: v.nullable(count),
  bytes: v.nullable(count),
})

const databaseRecord = v.object({
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
  /** The ARN of the ECS task that the runner is in; absent elsewhere. */
  ecsTask: v.optional(v.string()),
  /** Which process had the number `pid`; absent where the system does not tell, and in records of earlier versions. */
  process: v.optional(
    v.object({
      start: v.string(),
      machine: v.string(),
      /** A program that uses the library: that it lives says nothing of the run. */
      isShared: v.optional(v.boolean()),
    }),
  ),
})

const errorRecord = v.object({
  /** A code of errors/catalogue.ts, or one that a newer batchquery knows. */
  code: v.string(),
  message: v.string(),
  hint: v.nullable(v.string()),
  retryable: v.boolean(),
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
  /** Secret ones masked. */
  params: textRecord,
  /** What the submitter asked for; null leaves it to the runner's own configuration. */
  request: v.object({
    database: v.nullable(v.string()),
    timeoutSeconds: v.nullable(v.pipe(v.number(), v.finite(), v.minValue(0))),
    pin: v.nullable(v.string()),
    /** How exports are to be written. Records of earlier versions do not have it. */
    mode: v.optional(v.picklist(['auto', 'native', 'streamed'])),
    /** Whether the run ends where another one writes to a destination of it. */
    exclusive: v.optional(v.boolean()),
    /** How often the runner may begin again after an error that may pass; absent for never. */
    retries: v.optional(count),
    /** The names of the variables that a script was given; absent for SQL, and in records that do not say. */
    variables: v.optional(v.array(v.string())),
  }),
  engine: v.object({ name: v.string() }),
  /** The run that this one repeats; absent where it repeats none. */
  repeats: v.optional(v.string()),
  runner: v.nullable(runnerRecord),
  databases: v.array(databaseRecord),
  createdAt: time,
  startedAt: v.nullable(time),
  /** The attempt that started at `startedAt`: a later one may only have ended the run. Records of earlier versions do not have it. */
  startedAttempt: v.optional(count),
  endedAt: v.nullable(time),
  heartbeatAt: v.nullable(time),
  exitCode: v.nullable(count),
  error: v.nullable(errorRecord),
  /** The first 100. */
  warnings: v.array(v.string()),
  progress: v.object({ rows: count, bytes: count, parts: count }),
  /** Those that have not ended, and the latest that have. Version 1 has all. */
  exports: v.array(exportRecord),
  /** How many there were, those included whose parts are staged and not published. Version 1 does not have it. */
  exportCount: v.optional(count, 0),
  /** What a script reported to have made; the first 100. Records of earlier versions have none. */
  outputs: v.optional(v.array(outputRecord), []),
  /** What the keys of the latest attempt's log begin with. Earlier versions, whose log is one object, have its key. */
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
export type PartRecord = ExportRecord['parts'][number]

/** True where the run has ended: its record does not change any more. */
export const isFinal = (state: RunState): boolean => state !== 'QUEUED' && state !== 'RUNNING'
