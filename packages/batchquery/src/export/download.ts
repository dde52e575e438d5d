import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BatchQueryError } from '../errors/index.ts'
import type { StagedExport, StagedPart } from '../journal/index.ts'
import { quoted, unexpandedHint, unexpandedVariable } from '../platform/index.ts'
import type { StagedObject } from '../store/store.ts'
import type { Destination } from './destination.ts'
import { compressionOfPart } from './part-names.ts'
import { readPart } from './read-part.ts'
import { fileDestination } from './resolve-destination.ts'
import type { ReadingProgress } from './verify.ts'

/** What a download is about: an export that is published, and where. */
export interface PublishedExport {
  readonly published: StagedExport
  readonly destination: Destination
}

export interface DownloadOptions {
  /** What relative paths start from. */
  readonly folder: string
  readonly overwrite: boolean
  /** The owner of what is half-written. */
  readonly runId: string
  readonly progress: ReadingProgress
  /** Its reason is thrown, and nothing half-written stays. */
  readonly signal: AbortSignal
}

/** A file to write: the parts that go into it, one after the other. */
interface Download {
  readonly path: string
  readonly parts: readonly PartToWrite[]
}

interface PartToWrite extends StagedPart {
  readonly from: Destination
  /** Bytes at the start that are left out. */
  readonly skip: number
}

/**
 * Downloads the parts of exports into a folder, each under the last segment of its key. A file appears whole and
 * checked, or not at all.
 *
 * @returns the paths, absolute
 * @throws OUTPUT_EXISTS where a file is there and may not be replaced, USAGE where two parts have one name (nothing
 *   is downloaded then); VERIFICATION as `readPart`; what the stores throw
 */
export async function downloadParts(
  exports: readonly PublishedExport[],
  into: string,
  options: DownloadOptions,
): Promise<string[]> {
  const downloads = exports.flatMap(({ published, destination }) =>
    published.parts.map(part => ({
      path: join(into, basename(part.token.key)),
      parts: [{ ...part, from: destination, skip: 0 }],
    })),
  )
  const twice = firstRepeated(downloads.map(({ path }) => path))
  if (twice !== undefined)
    throw new BatchQueryError('USAGE', `two parts would both become ${JSON.stringify(twice)}`, {
      hint: 'Download one export at a time: add --export N, with another folder for each.',
    })
  return downloadAll(downloads, options)
}

function firstRepeated(paths: readonly string[]): string | undefined {
  const seen = new Set<string>()
  return paths.find(path => {
    const isRepeated = seen.has(path)
    seen.add(path)
    return isRepeated
  })
}

/**
 * Downloads the parts of an export into one file, in their order. A header that stands in every part is kept once. Parts that are
 * compressed stay so: their frames, one after the other, are a file that every decoder reads.
 *
 * @returns the path, absolute, as the only one
 * @throws USAGE when the name of the file tells another compression than the parts have; as `downloadParts`
 */
export function downloadJoined(
  { published, destination }: PublishedExport,
  file: string,
  options: DownloadOptions,
): Promise<string[]> {
  refuseOtherExtension(file, compressionOfPart(published.parts[0].token.key))
  const parts = published.parts.map((part, at) => ({
    ...part,
    from: destination,
    skip: at === 0 ? 0 : part.headerBytes,
  }))
  return downloadAll([{ path: file, parts }], options)
}

const COMPRESSED = /\.(gz|zst)$/i

function refuseOtherExtension(file: string, extension: string): void {
  const named = COMPRESSED.exec(file)?.[0] ?? ''
  if (named.toLowerCase() === extension) return
  const plain = file.slice(0, file.length - named.length)
  const parts = extension === '' ? 'are not compressed' : `are compressed, and end in ${extension}`
  throw new BatchQueryError('USAGE', `--join ${quoted(file)}: the parts ${parts}`, {
    hint: `Write --join ${quoted(`${plain}${extension}`)}${extension === '' ? '' : ': the file stays compressed'}.`,
  })
}

async function downloadAll(downloads: readonly Download[], options: DownloadOptions): Promise<string[]> {
  const files: { readonly download: Download; readonly file: Destination }[] = []
  for (const download of downloads)
    files.push({ download, file: await fileAt(download.path, options.folder) })
  if (!options.overwrite) for (const { file } of files) await refuseExisting(file)
  for (const { download, file } of files) await write(download, file, options)
  return files.map(({ file }) => fileURLToPath(file.uri))
}

/** A file as an object of the directory that holds its folder: it is written as results are. */
async function fileAt(path: string, from: string): Promise<Destination> {
  const leftover = unexpandedVariable(path)
  if (leftover !== null)
    throw new BatchQueryError('USAGE', `${JSON.stringify(path)}: ${leftover} was not replaced`, {
      hint: unexpandedHint(leftover),
    })
  const absolute = resolve(from, path)
  const folder = dirname(absolute)
  if (folder === dirname(folder))
    throw new BatchQueryError('USAGE', `no file can be written to ${JSON.stringify(folder)}`, {
      hint: 'Name a folder that is not the root of the filesystem.',
    })
  // A store follows no link below its root; here the user named it.
  const real = await realpath(folder).catch(() => folder)
  return fileDestination(join(real, basename(absolute)))
}

async function refuseExisting({ store, bucket, prefix, uri }: Destination): Promise<void> {
  if ((await store.head({ bucket, key: prefix })) === null) return
  throw new BatchQueryError('OUTPUT_EXISTS', `${fileURLToPath(uri)} exists already`, {
    hint: 'Add --overwrite to replace it, or choose another folder.',
  })
}

async function write(download: Download, file: Destination, options: DownloadOptions): Promise<void> {
  const { store, bucket, prefix } = file
  const object = await store.stage({ bucket, key: prefix }, options.runId)
  try {
    let bytes = 0
    for (const part of download.parts) bytes += await append(object, part, options)
    await object.finish()
    await store.commit(object.token, bytes, !options.overwrite)
  } catch (error) {
    await store.abort(object.token)
    throw error
  }
}

/** @returns how many bytes were written */
async function append(
  object: StagedObject,
  part: PartToWrite,
  { progress, signal }: DownloadOptions,
): Promise<number> {
  let written = 0
  let toSkip = part.skip
  for await (const chunk of readPart(part, part.from)) {
    signal.throwIfAborted()
    const kept = chunk.subarray(Math.min(toSkip, chunk.length))
    toSkip -= chunk.length - kept.length
    written += kept.length
    await object.write(kept)
    progress(0, chunk.length, 0)
  }
  progress(part.rows, 0, 1)
  return written
}
