import { BatchQueryError } from '../../errors/index.ts'
import {
  headOfAddress,
  headOfExport,
  type PublishedExport,
  partitionFolders,
  partitionOf,
  readPart,
} from '../../export/index.ts'
import { nameOfType } from '../../format/index.ts'
import type { RunRecord } from '../../run/index.ts'
import { locate } from '../../store/index.ts'
import { type PublishedExports, publishedExports } from '../../submit/published-exports.ts'
import type {
  DownloadDocument,
  ExportDocument,
  HeadDocument,
  PartDocument,
  PartsDocument,
  ResultDocument,
} from '../documents.ts'
import { columnsOf } from './column-documents.ts'
import type { Console } from './open-console.ts'

const LONGEST_VALUE = 2_000

type NativeExport = PublishedExports['native'][number]

/** A published export of a run, in the order of `batchquery get --export N`. */
type NumberedExport =
  | { readonly number: number; readonly mode: 'streamed'; readonly entry: PublishedExport }
  | { readonly number: number; readonly mode: 'native'; readonly entry: NativeExport }

/** What a run published. @throws RUN_NOT_FOUND, RUN_RECORD_INVALID; the store's errors */
export async function resultDocument(id: string, served: Console): Promise<ResultDocument> {
  const { home, records, commands } = served
  const record = await records.read(id)
  const exports = await numberedExports(record, served)
  const { columns } = await home.runs.describe(record)
  const presences = await Promise.all(exports.map(numbered => presenceOf(numbered, record, served)))
  return {
    id: record.id,
    state: record.state,
    exports: exports.map((numbered, at): ExportDocument => {
      const { number, mode, entry } = numbered
      const { uri, rows, bytes, parts, manifest } = entry.published
      const streamed = mode === 'streamed' ? entry.published : null
      const listed = record.exports.find(recorded => recorded.uri === uri)
      return {
        ...{ number, uri, mode, rows, bytes, manifest },
        presence: presences[at] ?? 'missing',
        format: streamed?.format ?? listed?.format ?? 'TEXT',
        compression: streamed?.compression ?? null,
        partCount: parts.length,
        partitionedBy:
          streamed === null ? [] : partitionsOf(streamed.parts[0]?.token.key).map(({ column }) => column),
        columns: columnsOf(streamed, columns.find(described => described.uri === uri)?.columns ?? null),
        invalidDates: streamed?.invalidDates ?? [],
      }
    }),
    outputs: record.outputs,
    commands: commands.ofRun(record.id),
  }
}

/** The clocks of the store and the runner may differ by so much. */
const CLOCKS_MS = 60_000

async function presenceOf(
  { entry }: NumberedExport,
  { exports }: RunRecord,
  { home, context }: Console,
): Promise<ExportDocument['presence']> {
  const { uri, parts } = entry.published
  const [first] = parts
  if (first === undefined) return 'there'
  const { store, bucket, key } = locate(first.uri, { store: home.store, folder: context.folder })
  const info = await store.head({ bucket, key })
  if (info === null) return 'missing'
  const at = exports.findLast(listed => listed.uri === uri)?.publishedAt ?? null
  const isLater = at !== null && info.lastModified.getTime() > Date.parse(at) + CLOCKS_MS
  return isLater || info.bytes !== first.bytes ? 'changed' : 'there'
}

const partitionsOf = (key: string | undefined) =>
  key === undefined ? [] : partitionOf(partitionFolders(key))

async function numberedExports(record: RunRecord, { home }: Console): Promise<readonly NumberedExport[]> {
  const { streamed, native } = await publishedExports(record, home)
  return [
    ...streamed.map((entry, at) => ({ number: at + 1, mode: 'streamed' as const, entry })),
    ...native.map((entry, at) => ({ number: streamed.length + at + 1, mode: 'native' as const, entry })),
  ]
}

/** @throws OUTPUT_NOT_FOUND */
async function exportOf(id: string, number: number, served: Console): Promise<NumberedExport> {
  const record = await served.records.read(id)
  const exports = await numberedExports(record, served)
  const found = exports.at(number - 1)
  if (found !== undefined) return found
  throw new BatchQueryError(
    'OUTPUT_NOT_FOUND',
    `run ${id} is ${record.state} and published ${exports.length} exports, not ${number}`,
    { hint: 'Open the result of the run again.' },
  )
}

/** Some of the parts of an export. @param from the number of the first one, from 0 */
export async function partsDocument(
  id: string,
  number: number,
  { from, count }: { readonly from: number; readonly count: number },
  served: Console,
): Promise<PartsDocument> {
  const { entry, mode } = await exportOf(id, number, served)
  const { parts } = entry.published
  const below = (uri: string) =>
    uri.startsWith(entry.published.uri) ? uri.slice(entry.published.uri.length).replace(/^[./]/, '') : uri
  const shown =
    mode === 'streamed'
      ? entry.published.parts.slice(from, from + count).map(
          (part, at): PartDocument => ({
            number: from + at + 1,
            uri: part.uri,
            name: below(part.uri) || lastOf(part.uri),
            rows: part.rows,
            bytes: part.bytes,
            sha256: part.sha256,
            partition: partitionsOf(part.token.key),
          }),
        )
      : entry.published.parts.slice(from, from + count).map(
          ({ uri, bytes }, at): PartDocument => ({
            number: from + at + 1,
            ...{ uri, bytes, name: below(uri) || lastOf(uri), rows: null, sha256: null, partition: [] },
          }),
        )
  return { parts: shown, count: parts.length }
}

const lastOf = (uri: string): string => uri.slice(uri.lastIndexOf('/') + 1)

/** The first rows of an export, or of one of its parts. */
export async function headDocument(
  id: string,
  number: number,
  request: { readonly part: number | null; readonly rows: number },
  served: Console,
): Promise<HeadDocument> {
  const { home, context, commands } = served
  const { mode, entry } = await exportOf(id, number, served)
  const told = { format: null, header: null, fieldsTerminatedBy: null }
  const head =
    mode === 'streamed'
      ? await headOfExport(entry, request)
      : await headOfAddress(entry.published.uri, { store: home.store, folder: context.folder }, told, request)
  return {
    columns: head.columns.map(({ name, type, isNumber }) => ({ name, type: nameOfType(type), isNumber })),
    rows: head.rows.map(row => row.map(value => (value === null ? null : cellOf(value)))),
    notes: head.notes,
    command: commands.of(
      'head',
      id,
      ...['--export', String(number), '-n', String(request.rows)],
      ...(request.part === null ? [] : ['--part', String(request.part)]),
    ),
  }
}

function cellOf(value: string | Uint8Array): string {
  const text = typeof value === 'string' ? value : `0x${Buffer.from(value).toString('hex')}`
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE - 1)}…`
}

/** Offers a part. The bytes of a streamed part are checked while they pass. @throws OUTPUT_NOT_FOUND */
export async function partDownload(
  id: string,
  number: number,
  part: number,
  served: Console,
): Promise<DownloadDocument> {
  const { home, context } = served
  const { mode, entry } = await exportOf(id, number, served)
  const found = entry.published.parts.at(part - 1)
  if (found === undefined)
    throw new BatchQueryError('OUTPUT_NOT_FOUND', `${entry.published.uri} has no part ${part}`)
  const { uri, bytes } = found
  const { store, bucket, key } = locate(uri, { store: home.store, folder: context.folder })
  const info = await store.head({ bucket, key })
  if (info?.bytes !== bytes)
    throw new BatchQueryError(
      'VERIFICATION',
      `${uri} ${info === null ? 'is missing' : `has ${info.bytes} bytes`}, and the run published ${bytes}`,
      { hint: `Start a new run: \`batchquery rerun ${id}\`.` },
    )
  const open =
    mode === 'streamed'
      ? () => readPart(entry.published.parts[part - 1], entry.destination)
      : async function* () {
          yield* (await store.open({ bucket, key }, 0)) ?? []
        }
  return served.downloads.offer({ name: lastOf(uri), type: 'application/octet-stream', bytes, open })
}
