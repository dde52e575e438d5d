import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import * as v from 'valibot'
import { CATALOGUE, isErrorCode } from '../../src/errors/index.ts'
import type { ExportRecord, RunRecord } from '../../src/run/index.ts'
import { isFinal } from '../../src/run/index.ts'
import { runRecordSchema } from '../../src/run/record.ts'
import { differenceOfParquet } from './parquet-parts.ts'
import type { Place } from './places.ts'
import { processesOf, untilEmpty } from './processes.ts'
import { isKept, PREFIX, partPrefixes, rowsOfPartition, type Shape } from './shapes.ts'
import type { Subject } from './subject.ts'

/** A broken promise. */
export interface Finding {
  readonly kind: 'wrong result' | 'changed too early' | 'leftover' | 'record' | 'words' | 'without end'
  readonly what: string
}

/** A run as the campaign sees it from outside. */
export interface Scene {
  readonly runId: string
  readonly place: Place
  readonly subject: Subject
  readonly user: string
  readonly shape: Shape
  /** The objects at the destination before the run. */
  readonly earlier: ReadonlyMap<string, Buffer>
  /** The bytes of the server's own export of the rows. */
  readonly oracle: Buffer
  /** TMPDIR of the product. */
  readonly temporary: string
}

/** A server needs a moment to see that a connection is gone. */
const PATIENCE_SECONDS = 6

type Found = ReadonlyMap<string, Buffer>

export async function readRecord({ place, runId }: Scene): Promise<RunRecord | null> {
  const bytes = await place.read(`runs/${runId}/run.json`)
  return bytes === null ? null : v.parse(runRecordSchema, JSON.parse(bytes.toString()))
}

/** The product's files in its temporary folder: named pipes. */
export const temporaryFiles = async ({ temporary }: Scene): Promise<string[]> =>
  (await readdir(temporary)).filter(name => name.startsWith('batchquery'))

/** Checks the destination after a death or a failure, before another attempt. */
export async function checkBetween(scene: Scene, record: RunRecord | null): Promise<Finding[]> {
  const hasBegun = record?.exports.some(({ state }) => state === 'COMMITTING' || state === 'PUBLISHED')
  if (hasBegun === true) return []
  const difference = differenceOf(await objectsAt(scene.place), scene.earlier)
  return difference === null ? [] : [{ kind: 'changed too early', what: difference }]
}

/** Checks that no statement of the run still runs. The server may still list its connection. */
export async function checkStatements({ subject, user }: Scene): Promise<Finding[]> {
  const running = async () => (await subject.sessions(user)).filter(session => session.running)
  const still = await untilEmpty(running, PATIENCE_SECONDS)
  return still.map(({ statement }) => ({ kind: 'leftover', what: `a statement runs: ${statement}` }))
}

/** Checks everything at the end of a trial. `record` is null or QUEUED if the run never began. */
export async function checkEnd(scene: Scene, record: RunRecord | null): Promise<Finding[]> {
  const found = await objectsAt(scene.place)
  const keys = await scene.place.keys()
  const hasEnded = record !== null && isFinal(record.state)
  return [
    ...(await checkDestination(scene, record, found)),
    ...(hasEnded ? checkRecord(scene, record, found) : checkNeverBegun(scene, keys)),
    ...(await checkLeftovers(scene, keys)),
  ]
}

function checkNeverBegun({ runId }: Scene, keys: readonly string[]): Finding[] {
  const claims = keys.filter(key => key.startsWith(`runs/${runId}/attempt-`))
  return claims.length === 0 ? [] : [{ kind: 'record', what: `the run has no end after ${claims.join()}` }]
}

/** The destination must be unchanged, or complete and equal byte for byte, as the record says. */
async function checkDestination(
  { earlier, shape, oracle }: Scene,
  record: RunRecord | null,
  found: Found,
): Promise<Finding[]> {
  const isPublished = record?.exports.some(({ state }) => state === 'PUBLISHED') === true
  const difference = isPublished
    ? (differenceOfKept(found, earlier, shape) ?? (await differenceOfResult(found, shape, oracle)))
    : differenceOf(found, earlier)
  if (difference === null) return []
  const expected = isPublished ? 'the result' : 'the earlier objects'
  return [{ kind: 'wrong result', what: `the destination does not have ${expected}: ${difference}` }]
}

async function checkLeftovers(scene: Scene, keys: readonly string[]): Promise<Finding[]> {
  const { place, subject, user, runId } = scene
  const sessions = await untilEmpty(() => subject.sessions(user), PATIENCE_SECONDS)
  const ours = new RegExp(`^(script/|runs/${runId}/|index/0\\d{6}/\\d{13}_${runId}(!|$)|${PREFIX}[./])`)
  const leftovers = [
    ...(await place.unfinished()),
    ...keys.filter(key => !ours.test(key)),
    ...(await temporaryFiles(scene)),
    ...sessions.map(({ statement }) => `a session: ${statement}`),
    ...(await processesOf(runId)).map(pid => `process ${pid}`),
  ]
  return leftovers.map(what => ({ kind: 'leftover', what }))
}

/** The record of an ended run must agree with itself and with the objects at the destination. */
function checkRecord({ shape, oracle }: Scene, record: RunRecord, found: Found): Finding[] {
  const { state, error, exitCode, endedAt, exports, progress, attempt } = record
  const wrong: string[] = []
  const expect = (isRight: boolean, what: string): void => {
    if (!isRight) wrong.push(what)
  }
  const code = error !== null && isErrorCode(error.code) ? CATALOGUE[error.code].exit : 0
  expect(exitCode === code, `exit code ${exitCode} of ${state}, ${error?.code}`)
  expect((state === 'SUCCEEDED') === (error === null), `${state} with error ${error?.code}`)
  expect(endedAt !== null, 'no time of its end')
  const open = exports.filter(entry => entry.state === 'STAGED' || entry.state === 'COMMITTING')
  expect(open.length === 0, `${state} with an export ${open[0]?.state}`)
  const published = exports.filter(entry => entry.state === 'PUBLISHED')
  expect(state !== 'SUCCEEDED' || published.length > 0, 'SUCCEEDED, and nothing was published')
  for (const entry of published.slice(-1)) wrong.push(...wrongInExport(entry, shape, found))
  if (state === 'SUCCEEDED' && attempt === 1)
    expect(progress.rows === shape.rows, `progress of ${progress.rows} rows`)
  if (state === 'SUCCEEDED' && shape.compression === 'NONE' && shape.format === undefined)
    expect(exports.at(-1)?.bytes === oracle.length, `${exports.at(-1)?.bytes} bytes in the record`)
  return wrong.map(what => ({ kind: 'record', what }))
}

function wrongInExport({ rows, bytes, parts }: ExportRecord, shape: Shape, found: Found): string[] {
  const wrong: string[] = []
  if (rows !== shape.rows) wrong.push(`${rows} rows in the record`)
  const there = [...found].filter(([key]) => isPart(key, shape))
  if (bytes !== sum(there.map(([, content]) => content.length))) wrong.push(`${bytes} bytes in the record`)
  for (const [at, [key, content]] of there.entries()) {
    const part = parts[at]
    const sha256 = createHash('sha256').update(content).digest('hex')
    if (
      part === undefined ||
      !part.uri.endsWith(`/${key}`) ||
      part.sha256 !== sha256 ||
      part.bytes !== content.length
    )
      wrong.push(`${key} is not the part ${JSON.stringify(part)} of the record`)
  }
  return wrong
}

async function objectsAt(place: Place): Promise<Found> {
  const keys = [...(await place.keys(`${PREFIX}.`)), ...(await place.keys(`${PREFIX}/`))].sort()
  const entries = keys.map(async key => [key, (await place.read(key)) ?? Buffer.from('(gone)')] as const)
  return new Map(await Promise.all(entries))
}

function differenceOf(found: Found, wanted: Found): string | null {
  const keys = new Set([...found.keys(), ...wanted.keys()])
  for (const key of keys) {
    const [one, other] = [found.get(key), wanted.get(key)]
    if (one === undefined) return `${key} is missing`
    if (other === undefined) return `${key} is there`
    if (!one.equals(other)) return `${key} has other bytes (${one.length} of them)`
  }
  return null
}

async function differenceOfResult(found: Found, shape: Shape, oracle: Buffer): Promise<string | null> {
  const suffix = `${shape.format === 'PARQUET' ? '.parquet' : ''}${shape.compression === 'GZIP' ? '.gz' : ''}`
  const parts = [...found.keys()].filter(key => isPart(key, shape))
  const counts = new Map<string, number>()
  const wanted = partPrefixes(shape).flatMap(prefix =>
    parts
      .filter(key => key.startsWith(prefix))
      .map(key => {
        const series = seriesOf(key, prefix, shape)
        const at = counts.get(series) ?? 0
        counts.set(series, at + 1)
        return `${series}${String(at).padStart(5, '0')}${suffix}`
      }),
  )
  if (parts.join() !== wanted.join()) return `its parts are ${parts.join()}`
  const contents = parts.map(key => found.get(key) ?? Buffer.alloc(0))
  const difference =
    shape.format === 'PARQUET'
      ? await differenceOfParquet(contents, shape.rows)
      : differenceOfPartitions(found, shape, oracle)
  if (difference !== null) return difference
  const manifest = found.get(`${PREFIX}.manifest`)
  if (!shape.manifest) return manifest === undefined ? null : 'there is a manifest'
  if (manifest === undefined) return 'there is no manifest'
  return differenceOfManifest(manifest, contents, parts, shape.rows)
}

/** Whether it is a part of the shape's result: no object that OVERWRITE PARTITIONS keeps. */
/** The parts are numbered from 0 in each partition, and in each range if several sessions read. */
const seriesOf = (key: string, prefix: string, { parallel }: Shape): string =>
  parallel === undefined ? prefix : key.slice(0, prefix.length + 'RRRRR_'.length)

const isPart = (key: string, shape: Shape): boolean => /[./]part_/.test(key) && !isKept(key, shape)

function differenceOfKept(found: Found, earlier: Found, shape: Shape): string | null {
  const kept = (objects: Found): Found => new Map([...objects].filter(([key]) => isKept(key, shape)))
  return differenceOf(kept(found), kept(earlier))
}

function differenceOfPartitions(found: Found, shape: Shape, oracle: Buffer): string | null {
  for (const [at, prefix] of partPrefixes(shape).entries()) {
    const contents = [...found].filter(([key]) => key.startsWith(prefix)).map(([, content]) => content)
    const rows = shape.partitions === undefined ? oracle : rowsOfPartition(oracle, at)
    const difference = differenceOfText(contents, shape, rows)
    if (difference !== null) return `${prefix}: ${difference}`
  }
  return null
}

function differenceOfText(contents: readonly Buffer[], shape: Shape, oracle: Buffer): string | null {
  const plain = shape.compression === 'GZIP' ? contents.map(content => gunzipSync(content)) : contents
  const whole = Buffer.concat(plain)
  return whole.equals(oracle) ? null : `${whole.length} bytes instead of ${oracle.length}, or others`
}

const manifestSchema = v.object({
  entries: v.array(v.object({ url: v.string(), meta: v.object({ content_length: v.number() }) })),
  meta: v.object({ content_length: v.number(), record_count: v.number() }),
})

function differenceOfManifest(
  bytes: Buffer,
  contents: readonly Buffer[],
  parts: readonly string[],
  rows: number,
): string | null {
  const { entries, meta } = v.parse(manifestSchema, JSON.parse(bytes.toString()))
  const names = entries.map(({ url }) => url.replace(/^s3:\/\/[^/]+\//, ''))
  const lengths = entries.map(entry => entry.meta.content_length)
  if (names.join() !== parts.join()) return `the manifest names ${names.join()}`
  if (lengths.join() !== contents.map(({ length }) => length).join()) return 'the manifest has other lengths'
  const agrees = meta.record_count === rows && meta.content_length === sum(lengths)
  return agrees ? null : `the manifest counts ${JSON.stringify(meta)}`
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
