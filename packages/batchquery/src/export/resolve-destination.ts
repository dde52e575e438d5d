import { existsSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { BatchQueryError } from '../errors/index.ts'
import { unexpandedHint, unexpandedVariable } from '../platform/index.ts'
import { DirectoryStore, formatS3Uri, parseS3Uri, type Store } from '../store/index.ts'
import type { Destination } from './destination.ts'

/** The places in which a run's destinations may be. */
export interface Places {
  /** The store of `s3://` addresses. */
  readonly store: Store
  /** The base of relative paths; null if files do not outlive the run. */
  readonly folder: string | null
}

/**
 * The destination that a statement names: `s3://bucket/prefix`, `s3-REGION://bucket/prefix`, `file:///folder/prefix`
 * or a path. Paths become absolute.
 *
 * @throws USAGE, KEY_INVALID; UNSUPPORTED_CLAUSE for a path if files do not outlive the run
 */
export function resolveDestination(text: string, { store, folder }: Places): Destination {
  if (/^s3[^/]*:\/\//.test(text)) {
    const { bucket, key, region } = parseS3Uri(text)
    return { store, bucket, prefix: key, uri: formatS3Uri({ bucket, key }, region) }
  }
  const leftover = unexpandedVariable(text)
  if (leftover !== null)
    throw new BatchQueryError(
      'USAGE',
      `${JSON.stringify(text)} is no destination: ${leftover} was not replaced`,
      {
        hint: unexpandedHint(leftover),
      },
    )
  if (folder === null)
    throw new BatchQueryError(
      'UNSUPPORTED_CLAUSE',
      `${JSON.stringify(text)} is a file, and this engine keeps none`,
      {
        hint: 'Write to s3://BUCKET/PREFIX, or run with --engine local.',
      },
    )
  const path = resolve(folder, text.startsWith('file:') ? filePath(text) : text)
  if (/[/\\]$/.test(text) || dirname(path) === dirname(dirname(path)))
    throw new BatchQueryError('USAGE', `${JSON.stringify(text)} is no destination`, {
      hint: 'Name a folder and the beginning of the file names, as in ./out/result.',
    })
  return fileDestination(path)
}

/** @param path absolute */
export function fileDestination(path: string): Destination {
  // The folder is the bucket.
  const folderOfParts = dirname(path)
  return {
    store: new DirectoryStore(dirname(folderOfParts), { keepsEmptyBuckets: existsSync(folderOfParts) }),
    bucket: basename(folderOfParts),
    prefix: basename(path),
    uri: pathToFileURL(path).href,
  }
}

function filePath(url: string): string {
  try {
    return fileURLToPath(url)
  } catch (cause) {
    throw new BatchQueryError('USAGE', `${JSON.stringify(url)} is no file on this machine`, {
      cause,
      hint: 'Write file:///FOLDER/PREFIX, with three slashes.',
    })
  }
}
