import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { BatchQueryError } from '../errors/index.ts'
import { formatNamed } from '../format/index.ts'
import type { StagedExport, StagedPart } from '../journal/index.ts'
import { quoted, unexpandedHint, unexpandedVariable } from '../platform/index.ts'
import { type Location, locateFile, type StagedObject } from '../store/index.ts'
import type { Destination } from './destination.ts'
import { compressionOfPart, isPartKey } from './part-names.ts'
import { partitionFolders } from './partition-values.ts'
import { readPart } from './read-part.ts'
import type { ReadingProgress } from './verify.ts'

/** A published export and its destination. */
export interface PublishedExport {
  readonly published: StagedExport
  readonly destination: Destination
}

export interface DownloadOptions {
  /** The base of relative paths. */
  readonly folder: string
  readonly overwrite: boolean
  /** The owner of the staged files. */
  readonly runId: string
  readonly progress: ReadingProgress
  /** When it aborts, the download throws its reason and removes unfinished files. */
  readonly signal: AbortSignal
}

/** A file to write, and its parts in their order. */
interface Download {
  /** The folder that the user named. */
  readonly into: string
  /** The path below it: folders that are made, and a name. */
  readonly path: string
  readonly parts: readonly PartToWrite[]
}

interface PartToWrite extends StagedPart {
  readonly from: Destination
  /** How many bytes at the start to leave out. */
  readonly skip: number
}

/**
 * Downloads the parts of exports into a folder. Each file has the last segment of the part's key as its name, below the folders of its
 * partition, and appears whole and checked or not at all.
 *
 * @returns the absolute paths
 * @throws OUTPUT_EXISTS if a file exists and must not be replaced, USAGE if two parts have one name (it downloads nothing
 *   then); VERIFICATION as `readPart`; the stores' errors
 */
export async function downloadParts(
  exports: readonly PublishedExport[],
  into: string,
  options: DownloadOptions,
): Promise<string[]> {
  const downloads = exports.flatMap(({ published, destination }) =>
    published.parts.map(part => ({
      into,
      path: pathBelow(destination, part),
      parts: [{ ...part, from: destination, skip: 0 }],
    })),
  )
  const twice = firstRepeated(downloads.map(({ path }) => path))
  if (twice !== undefined)
    throw new BatchQueryError('USAGE', `two parts have the same file name ${quoted(join(into, twice))}`, {
      hint: 'Download one export at a time: add --export N, and use another folder for each.',
    })
  return downloadAll(downloads, options)
}

/** The folders of a partition have an "=" each, so no record can lead a path out of the folder. */
function pathBelow({ prefix }: Destination, { token: { key } }: StagedPart): string {
  const folder = `${prefix}/`
  return key.startsWith(folder) && isPartKey(prefix, key) ? key.slice(folder.length) : basename(key)
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
 * Downloads the parts of an export into one file, in their order. If every part has a header, the file has it once. The file
 * stays compressed if the parts are: decoders read a sequence of frames.
 *
 * @returns the absolute path, in a list
 * @throws USAGE if the file's extension does not fit the compression of the parts, or if the format's parts cannot be joined; as
 *   `downloadParts`
 */
export function downloadJoined(
  { published, destination }: PublishedExport,
  file: string,
  options: DownloadOptions,
): Promise<string[]> {
  refuseUnjoinable(file, published)
  refusePartitions(file, published)
  refuseOtherExtension(file, compressionOfPart(published.parts[0].token.key))
  const parts = published.parts.map((part, at) => ({
    ...part,
    from: destination,
    skip: at === 0 ? 0 : part.headerBytes,
  }))
  return downloadAll([{ into: dirname(file), path: basename(file), parts }], options)
}

/** A part that describes itself is a file of its own, which can hold no other rows. */
function refuseUnjoinable(file: string, { format, parts }: StagedExport): void {
  if (parts.length <= 1 || formatNamed(format).reader === null) return
  throw new BatchQueryError(
    'USAGE',
    `--join ${quoted(file)}: the export has ${parts.length} parts of FORMAT ${format}, and joined ${format} files are not a valid file`,
    {
      hint: 'Remove --join and name a folder, because programs read all files of a folder as one table. For a single file, export again with a larger MAXFILESIZE.',
    },
  )
}

/** The columns of PARTITION BY are in the names of the folders, and a joined file would lose them. */
function refusePartitions(file: string, { parts }: StagedExport): void {
  const partitions = [...new Set(parts.map(({ token }) => partitionFolders(token.key)))]
  if (partitions.length === 1) return
  const what =
    partitions.length === 0
      ? 'the export has no rows, and so no part'
      : `the parts are in ${partitions.length} partitions, ${partitions[0]} and so on, and these names are not in the rows`
  throw new BatchQueryError('USAGE', `--join ${quoted(file)}: ${what}`, {
    hint: 'Leave --join out and name a folder: programs that know Hive partitions read it as one table. For a single file, export again without PARTITION BY.',
  })
}

const COMPRESSED = /\.(gz|zst)$/i

function refuseOtherExtension(file: string, extension: string): void {
  const named = COMPRESSED.exec(file)?.[0] ?? ''
  if (named.toLowerCase() === extension) return
  const plain = file.slice(0, file.length - named.length)
  const parts = extension === '' ? 'are not compressed' : `are compressed, and end in ${extension}`
  throw new BatchQueryError('USAGE', `--join ${quoted(file)}: the parts ${parts}`, {
    hint: `Write --join ${quoted(`${plain}${extension}`)}${extension === '' ? '' : '; the file stays compressed'}.`,
  })
}

async function downloadAll(downloads: readonly Download[], options: DownloadOptions): Promise<string[]> {
  const files: { readonly download: Download; readonly file: Location }[] = []
  for (const download of downloads) files.push({ download, file: await fileAt(download, options.folder) })
  if (!options.overwrite) for (const { file } of files) await refuseExisting(file)
  for (const { download, file } of files) await write(download, file, options)
  return files.map(({ file }) => fileURLToPath(file.uri))
}

/** A file as an object of the directory that has the folder, so it is written as results are. */
async function fileAt({ into, path }: Download, from: string): Promise<Location> {
  const leftover = unexpandedVariable(into) ?? unexpandedVariable(path)
  if (leftover !== null)
    throw new BatchQueryError('USAGE', `${JSON.stringify(join(into, path))}: no shell replaced ${leftover}`, {
      hint: unexpandedHint(leftover),
    })
  const folder = resolve(from, into)
  if (folder === dirname(folder))
    throw new BatchQueryError(
      'USAGE',
      `get cannot write into ${JSON.stringify(folder)}, the root of the filesystem`,
      {
        hint: 'Name another folder.',
      },
    )
  // A store follows no link below its root, but the user may name a link here.
  const real = await realpath(folder).catch(() => folder)
  const { store, bucket } = locateFile(join(real, basename(path)))
  return { store, bucket, key: path, uri: pathToFileURL(join(real, path)).href }
}

async function refuseExisting({ store, bucket, key, uri }: Location): Promise<void> {
  if ((await store.head({ bucket, key })) === null) return
  throw new BatchQueryError('OUTPUT_EXISTS', `${fileURLToPath(uri)} already exists`, {
    hint: 'Add --overwrite to replace it, or choose another folder.',
  })
}

async function write(download: Download, file: Location, options: DownloadOptions): Promise<void> {
  const { store, bucket, key } = file
  const object = await store.stage({ bucket, key }, options.runId)
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

/** @returns how many bytes it wrote */
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
