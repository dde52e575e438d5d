import { BatchQueryError } from '../../errors/index.ts'
import { EXPORT_FORMATS, type FormatName, type ReadRows } from '../../format/index.ts'
import type { Places } from '../../store/index.ts'
import type { PublishedExport } from '../download.ts'
import { compressionOfPart } from '../part-names.ts'
import { partitionFolders, partitionOf, withPartition } from '../partition-values.ts'
import { layoutOfExport, usualLayout } from '../recorded-layout.ts'
import { type HeadPart, partsAt } from './find-parts.ts'
import { mergedRows } from './merge-rows.ts'
import { compressionByBytes, PartBytes } from './part-bytes.ts'
import { firstRowsOf, isDelimited, isParquet, type PartForm } from './part-rows.ts'

/** What a caller wants to see of a result. */
export interface HeadRequest {
  readonly rows: number
  /** Only this part, from 1. Null for the first parts. */
  readonly part: number | null
}

/** How the files at an address are written, as far as their names and bytes do not say it. */
export interface ToldForm {
  readonly format: FormatName | null
  readonly header: boolean | null
  readonly fieldsTerminatedBy: string | null
}

/** The first rows of a result. */
export interface Head extends ReadRows {
  /** Sentences for the user about what the rows do not show. */
  readonly notes: readonly string[]
}

/** So many parts without rows may come before the first row. */
const MOST_PARTS = 100

interface DescribedPart extends HeadPart {
  /** The published size; null if it is not known. */
  readonly bytes: number | null
  form(bytes: PartBytes): Promise<PartForm>
}

/**
 * Reads the first rows of a published export. Its record says how they are written.
 *
 * @throws VERIFICATION if a part is not the published one; OUTPUT_NOT_FOUND; the store's errors
 */
export async function headOfExport(
  { published, destination: { store } }: PublishedExport,
  request: HeadRequest,
): Promise<Head> {
  const { format, compression, delimited: recorded, parts, uri } = published
  // A partitioned result without rows has no parts.
  if (parts.length === 0) return { columns: [], rows: [], notes: [] }
  const delimited = layoutOfExport(published)
  const form = async ({ info: { key } }: PartBytes): Promise<PartForm> => {
    const name = compression ?? COMPRESSION_OF[compressionOfPart(key)] ?? 'NONE'
    const whole = name === 'SNAPPY' ? 'NONE' : name
    if (format === 'PARQUET' || format === 'JSON') return { format, compression: whole }
    if (delimited === null) throw new BatchQueryError('INTERNAL', `${format} has no layout`)
    const characterSet = recorded?.characterSet ?? null
    return { format, compression: whole, delimited, isForeign: false, isSeparatorKnown: true, characterSet }
  }
  // A part with no row has nothing to show, unless no part has one.
  const shown =
    request.part === null && parts.some(({ rows }) => rows > 0) ? parts.filter(({ rows }) => rows > 0) : parts
  const described = shown.map(
    (part): DescribedPart => ({
      ...{ store, form, bytes: part.bytes, uri: part.uri },
      ...addressOf(part.token),
    }),
  )
  return readHead(described, request, uri, 'Compare it with the record: `batchquery verify RUN`.')
}

const addressOf = ({ bucket, key }: { readonly bucket: string; readonly key: string }) => ({ bucket, key })

/**
 * Reads the first rows of what is at an address: `s3://bucket/prefix`, a path, the name of a part, a folder, a manifest.
 *
 * @throws USAGE if neither the name nor `told` says how the rows are written; OUTPUT_NOT_FOUND; VERIFICATION; the store's errors
 */
export async function headOfAddress(
  address: string,
  places: Places,
  told: ToldForm,
  request: HeadRequest,
): Promise<Head> {
  const described = async function* (): AsyncGenerator<DescribedPart> {
    for await (const part of partsAt(address, places))
      yield { ...part, bytes: null, form: bytes => deducedForm(part, bytes, told) }
  }
  const hint = 'Say how its rows are written: --format, --header or --no-header, --fields-terminated-by.'
  return readHead(described(), request, address, hint)
}

async function readHead(
  parts: AsyncIterable<DescribedPart> | Iterable<DescribedPart>,
  { rows: wanted, part: only }: HeadRequest,
  uri: string,
  hint: string,
): Promise<Head> {
  const read: ReadRows[] = []
  const notes = new Set<string>()
  let rows = 0
  let number = 0
  for await (const part of parts) {
    number++
    if (only !== null && number < only) continue
    const { notes: told, ...found } = await readPart(part, wanted - rows, hint)
    for (const note of told) notes.add(note)
    read.push(withPartition(found, partitionOf(partitionFolders(pathOf(part)))))
    rows += found.rows.length
    if (rows >= wanted || only !== null) break
    if (number === MOST_PARTS) {
      notes.add(`the first ${MOST_PARTS} parts have ${rows} rows; head reads no more parts`)
      break
    }
  }
  if (read.length === 0) throw notFound(uri, only, number)
  const merged = await named(uri, hint, async () => mergedRows(read))
  return { ...merged, notes: [...notes] }
}

/** The folders of a directory above the bucket may name a partition, too. */
const pathOf = ({ store: { capabilities }, bucket, key }: HeadPart): string =>
  [capabilities.folder ?? '', bucket, key].join('/')

async function readPart(part: DescribedPart, count: number, hint: string) {
  const { store, uri } = part
  const bytes = await PartBytes.open(store, part, uri)
  if (bytes === null)
    throw new BatchQueryError('OUTPUT_NOT_FOUND', `${uri} does not exist`, {
      hint: 'It was removed. Start a new run: `batchquery rerun RUN`.',
    })
  return named(uri, hint, async () => {
    if (part.bytes !== null && part.bytes !== bytes.info.bytes)
      throw new BatchQueryError(
        'VERIFICATION',
        `it has ${bytes.info.bytes} bytes, and ${part.bytes} were published`,
      )
    const rows = await firstRowsOf(bytes, await part.form(bytes), count)
    await bytes.checkUnchanged()
    return rows
  })
}

/** Adds the name of the part to a VERIFICATION. */
async function named<T>(uri: string, hint: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (thrown) {
    if (!(thrown instanceof BatchQueryError) || thrown.code !== 'VERIFICATION') throw thrown
    throw new BatchQueryError('VERIFICATION', `${uri} cannot be read: ${thrown.message}`, {
      hint,
      cause: thrown,
    })
  }
}

const notFound = (uri: string, only: number | null, parts: number): BatchQueryError =>
  only === null || parts === 0
    ? new BatchQueryError(
        'OUTPUT_NOT_FOUND',
        `nothing is at ${uri}: no object, no part of a result, no folder`,
        {
          hint: 'Check the address. `batchquery show RUN` shows what a run published.',
        },
      )
    : new BatchQueryError(
        'OUTPUT_NOT_FOUND',
        `${uri} has ${parts} part${parts === 1 ? '' : 's'}, and --part ${only} was requested`,
        {
          hint: `Write a number from 1 to ${parts}.`,
        },
      )

const COMPRESSION_OF: Readonly<Record<string, 'GZIP' | 'ZSTD'>> = { '.gz': 'GZIP', '.zst': 'ZSTD' }
const COMPRESSED = /\.(gz|zst)$/i

/** @throws USAGE if the form cannot be known for certain */
async function deducedForm({ key, uri }: HeadPart, bytes: PartBytes, told: ToldForm): Promise<PartForm> {
  const first = bytes.info.bytes === 0 ? Buffer.alloc(0) : await bytes.first()
  const name = key.replace(COMPRESSED, '').toLowerCase()
  const byName = EXPORT_FORMATS.find(({ endings }) => endings.some(ending => name.endsWith(ending)))?.name
  const format = told.format ?? (isParquet(first) ? 'PARQUET' : (byName ?? null))
  if (format === null)
    throw new BatchQueryError('USAGE', `the name of ${uri} does not say which format it has`, {
      hint: 'Add --format tsv for FORMAT TEXT, the default, or --format csv or json; name the run instead of the address, and its record says it.',
    })
  if (format === 'PARQUET') return { format }
  const compression = compressionByBytes(first)
  if (!isDelimited(format)) return { format, compression }
  if (told.header === null)
    throw new BatchQueryError('USAGE', `nothing says whether ${uri} begins with the names of the columns`, {
      hint: 'Add --header or --no-header; name the run instead of the address, and its record says it.',
    })
  const usual = usualLayout(format)
  if (usual === null) throw new BatchQueryError('INTERNAL', `${format} has no layout`)
  const separator = told.fieldsTerminatedBy
  const delimited = {
    ...usual,
    header: told.header,
    ...(separator !== null && { separator: Buffer.from(separator) }),
  }
  return {
    format,
    compression,
    delimited,
    isForeign: true,
    isSeparatorKnown: separator !== null,
    characterSet: null,
  }
}
