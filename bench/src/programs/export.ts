// The export of a query as the runner does it, without the run around it: the built package's own modules stream,
// encode, compress and stage the rows. The clock runs from the query to the last staged byte.
import { openDatabase } from '../../../packages/batchquery/dist/config/index.js'
import { blockPool } from '../../../packages/batchquery/dist/export/block-pool.js'
import { planExport } from '../../../packages/batchquery/dist/export/plan.js'
import { Staging } from '../../../packages/batchquery/dist/export/stage.js'
import {
  COMPRESSION_NAMES,
  type CompressionName,
  isFormatName,
} from '../../../packages/batchquery/dist/format/index.js'
import { Log, talkOn, useLeanMemory } from '../../../packages/batchquery/dist/platform/index.js'
import { NO_CLAUSES } from '../../../packages/batchquery/dist/sql/index.js'
import { openStore } from '../../../packages/batchquery/dist/store/index.js'
import { readArguments } from './arguments.ts'
import { Stopwatch } from './report.ts'
import { StagingClock } from './staging-clock.ts'

// As in the runner.
useLeanMemory()

const RUN_ID = 'bench'
const BUCKET = 'bench'
const PREFIX = 'output/result'

const { url, query, store, format, compression, publish } = readArguments(
  'url',
  'query',
  'store',
  'format',
  'compression',
  'publish',
)
const log = new Log('normal', talkOn(process.stderr))
const clock = new StagingClock()
const destination = {
  store: clock.watch(openStore(store, log)),
  bucket: BUCKET,
  prefix: PREFIX,
  uri: `s3://${BUCKET}/${PREFIX}`,
}
const isCompression = (name: string): name is CompressionName =>
  COMPRESSION_NAMES.some(other => other === name)
if (!isFormatName(format) || !isCompression(compression)) throw new Error(`no ${format} ${compression}`)
const statement = {
  query,
  at: query.length,
  destination: destination.uri,
  format,
  compression,
  overwrite: 'ON' as const,
}
const plan = planExport({ ...NO_CLAUSES, ...statement }, destination)

const database = await openDatabase(url, process.env, process.cwd())
const session = await database.connect(`batchquery ${RUN_ID}`)
const staging = new Staging(destination, plan, RUN_ID, () => {})
try {
  const stopwatch = new Stopwatch()
  const stream = await session.stream(query, { ...plan, pool: blockPool(plan) })
  const parts = await staging.stage(stream, new AbortController().signal)
  const rows = sum(parts.map(part => part.rows))
  if (rows !== stream.rowsRead) throw new Error(`${rows} rows were staged of ${stream.rowsRead}`)
  // In a directory the last write ends before the file is synced. On S3 finishing sends the last bytes.
  const lastByteAt = destination.store.capabilities.folder !== null ? clock.finishedAt : null
  await stopwatch.report({ rows, bytes: sum(parts.map(part => part.bytes)) }, lastByteAt)
  if (publish === 'yes')
    for (const { token, bytes } of parts) await destination.store.commit(token, bytes, false)
} finally {
  await staging.abort()
  await session.close()
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
