// A publication like that of an export, of parts that are already staged. The server itself stages them directly; the
// publication takes the measured path. The clock runs from its first request to its last.

import { beginPublication, completePublication } from '../../../packages/batchquery/dist/export/publish.js'
import type { Journal, StagedPart } from '../../../packages/batchquery/dist/journal/index.js'
import { inParallel, useLeanMemory } from '../../../packages/batchquery/dist/platform/index.js'
import { S3Store } from '../../../packages/batchquery/dist/store/index.js'
import { readArguments } from './arguments.ts'
import { Stopwatch } from './report.ts'

// As in the runner.
useLeanMemory()

const RUN_ID = 'bench'
const PREFIX = 'output/result'
const STAGED_AT_ONCE = 16

const { bucket, parts, endpoint, way } = readArguments('bucket', 'parts', 'endpoint', 'way')
const uri = `s3://${bucket}/${PREFIX}`
const open = (at: string) => new S3Store({ client: { endpoint: at } })

/** There is no other run. */
const journal: Journal = {
  write: async () => {},
  isOurs: () => false,
  isAlone: async () => true,
}

async function stageParts(count: number): Promise<readonly StagedPart[]> {
  const store = open(endpoint)
  const ready: StagedPart[] = []
  const numbers = Array.from({ length: count }, (_, number) => number)
  await inParallel(numbers, STAGED_AT_ONCE, async number => {
    const key = `${PREFIX}.part_${String(number).padStart(5, '0')}`
    const object = await store.stage({ bucket, key }, RUN_ID)
    await object.write(Buffer.from('x'))
    await object.finish()
    const sha256 = '0'.repeat(64)
    ready.push({
      uri: `s3://${bucket}/${key}`,
      token: object.token,
      rows: 1,
      bytes: 1,
      headerBytes: 0,
      sha256,
    })
  })
  return ready
}

const ready = await stageParts(Number(parts))
const destination = { store: open(way), bucket, prefix: PREFIX, uri }
const staged = {
  uri,
  format: 'TEXT' as const,
  parts: ready,
  rows: ready.length,
  bytes: ready.length,
  overwrite: true,
  manifest: `${uri}.manifest`,
  isLast: true,
}
const stopwatch = new Stopwatch()
await beginPublication(staged, destination, journal, new AbortController().signal)
const failure = await completePublication(staged, destination, journal, 'here')
if (failure !== null) throw failure
await stopwatch.report({ rows: ready.length, bytes: ready.length })
