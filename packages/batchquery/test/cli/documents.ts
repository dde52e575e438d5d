import * as v from 'valibot'
import { runnerRecord, runRecordSchema } from '../../src/run/record.ts'

/**
 * The fields that every command prints with `--json`: docs/json.md as a schema. A field that is
 * added here is added there.
 */
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const cost = v.nullable(v.strictObject({ amount: v.number(), currency: v.string(), prices: v.string() }))
const runState = runRecordSchema.entries.state
const listedRun = v.object({ ...runRecordSchema.entries, dead: v.boolean(), cost })

const describedRun = v.object({
  ...listedRun.entries,
  repeatedBy: v.array(v.string()),
  attempts: v.array(
    v.strictObject({
      attempt: count,
      host: v.string(),
      pid: count,
      version: v.string(),
      ecsTask: v.optional(v.string()),
      ecsSize: runnerRecord.entries.ecsSize,
      claimedAt: v.nullable(v.string()),
    }),
  ),
  begun: v.array(
    v.strictObject({
      uri: v.string(),
      attempt: count,
      number: count,
      mode: v.picklist(['native', 'streamed']),
      format: v.picklist(['TEXT', 'CSV', 'PARQUET']),
    }),
  ),
  columns: v.array(
    v.strictObject({
      uri: v.string(),
      columns: v.nullable(v.array(v.strictObject({ name: v.string(), type: v.string() }))),
      error: v.nullable(v.string()),
    }),
  ),
})

const error = v.strictObject({
  code: v.string(),
  message: v.string(),
  hint: v.nullable(v.string()),
  retryable: v.boolean(),
})

const plannedExport = v.strictObject({
  uri: v.string(),
  format: v.string(),
  header: v.boolean(),
  layout: v.record(v.string(), v.union([v.string(), v.boolean()])),
  characterSet: v.nullable(v.string()),
  compression: v.string(),
  maxPartBytes: count,
  rowGroupBytes: v.nullable(count),
  manifest: v.picklist(['ON', 'VERBOSE', 'OFF']),
  overwrite: v.picklist(['ON', 'PARTITIONS', 'OFF']),
  partitionBy: v.nullable(v.strictObject({ columns: v.array(v.string()), include: v.boolean() })),
  single: v.boolean(),
  encryption: v.nullable(v.string()),
})

export const errorDocument = v.strictObject({ error })

export const plannedRun = v.strictObject({
  dryRun: v.literal(true),
  task: v.strictObject({ uri: v.string(), sha256 }),
  engine: v.string(),
  store: v.string(),
  bucket: v.string(),
  database: v.strictObject({ name: v.nullable(v.string()), url: v.string(), dialect: v.string() }),
  strings: v.nullable(v.string()),
  timeoutSeconds: v.nullable(v.number()),
  params: v.record(v.string(), v.string()),
  statements: v.array(
    v.strictObject({ number: count, line: count, kind: v.string(), export: v.nullable(plannedExport) }),
  ),
})

const forecast = v.strictObject({
  columns: v.nullable(
    v.array(
      v.strictObject({
        name: v.string(),
        sourceType: v.nullable(v.string()),
        writtenType: v.nullable(v.string()),
        isPartition: v.boolean(),
      }),
    ),
  ),
  estimate: v.strictObject({
    rows: v.nullable(v.number()),
    bytes: v.nullable(v.number()),
    access: v.array(v.string()),
  }),
  ranges: v.nullable(
    v.strictObject({
      source: v.string(),
      key: v.string(),
      consistency: v.picklist(['SNAPSHOT', 'NONE']),
      readers: count,
      ranges: v.array(v.strictObject({ number: count, where: v.string(), rows: v.nullable(v.number()) })),
    }),
  ),
  sessions: count,
  memoryBytes: count,
  mostFiles: v.nullable(count),
  longest: v.strictObject({
    rows: v.nullable(v.number()),
    where: v.nullable(v.string()),
    seconds: v.nullable(v.number()),
  }),
  locks: v.array(v.string()),
  lockSeconds: v.nullable(v.number()),
  notes: v.array(v.string()),
})

const plan = v.strictObject({
  task: v.strictObject({ sha256 }),
  database: v.strictObject({ url: v.string(), server: v.string() }),
  exports: v.array(
    v.strictObject({
      number: count,
      line: count,
      uri: v.string(),
      format: v.string(),
      compression: v.string(),
      mode: v.picklist(['native', 'streamed']),
      why: v.nullable(v.string()),
      forecast: v.nullable(forecast),
      refused: v.nullable(
        v.strictObject({
          code: v.string(),
          message: v.string(),
          hint: v.nullable(v.string()),
          needs: v.nullable(count),
        }),
      ),
    }),
  ),
  fargate: v.nullable(
    v.strictObject({
      exports: count,
      currency: v.string(),
      sizes: v.array(
        v.strictObject({
          cpu: count,
          memory: count,
          seconds: v.number(),
          cost: v.strictObject({ X86_64: v.number(), ARM64: v.number() }),
        }),
      ),
    }),
  ),
})

/** By the command's name; `query` prints rows. */
export const DOCUMENTS = {
  run: runRecordSchema,
  rerun: runRecordSchema,
  demo: runRecordSchema,
  plan,
  show: describedRun,
  cancel: runRecordSchema,
  put: v.strictObject({ tasks: v.array(v.strictObject({ uri: v.string(), bytes: count, sha256 })) }),
  ls: v.strictObject({ runs: v.array(listedRun) }),
  logs: v.strictObject({ run: v.string(), log: v.string() }),
  verify: v.strictObject({
    run: v.string(),
    state: runState,
    verified: v.boolean(),
    exports: v.array(
      v.strictObject({ uri: v.string(), parts: count, rows: v.nullable(count), bytes: count }),
    ),
    differences: v.array(v.strictObject({ uri: v.string(), message: v.string() })),
  }),
  get: v.strictObject({ run: v.string(), files: v.array(v.string()) }),
  reap: v.strictObject({
    dryRun: v.boolean(),
    runs: v.array(
      v.strictObject({
        id: v.string(),
        state: runState,
        completed: v.array(v.string()),
        aborted: v.array(v.string()),
        error: v.nullable(error),
      }),
    ),
  }),
  doctor: v.strictObject({
    ok: v.boolean(),
    engine: v.string(),
    stack: v.nullable(v.string()),
    database: v.string(),
    store: v.string(),
    bucket: v.string(),
    checks: v.array(
      v.strictObject({
        id: v.string(),
        what: v.string(),
        state: v.picklist(['ok', 'failed', 'skipped']),
        figure: v.nullable(v.string()),
        because: v.nullable(v.string()),
        warnings: v.array(v.string()),
        error: v.nullable(error),
      }),
    ),
  }),
  grants: v.strictObject({
    server: v.string(),
    user: v.string(),
    database: v.string(),
    schema: v.string(),
    native: v.boolean(),
    applied: v.boolean(),
    statements: v.array(v.strictObject({ sql: v.string(), purpose: v.string() })),
  }),
  generate: v.strictObject({
    dialect: v.string(),
    exports: v.array(v.strictObject({ schema: v.string(), table: v.string(), uri: v.string() })),
    skipped: v.array(v.strictObject({ table: v.string(), reason: v.string() })),
    file: v.nullable(v.string()),
    task: v.nullable(v.string()),
  }),
  init: v.strictObject({ file: v.string() }),
  completion: v.strictObject({ shell: v.string(), script: v.string() }),
  version: v.strictObject({ version: v.string(), node: v.string(), platform: v.string() }),
}
