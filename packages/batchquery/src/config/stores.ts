import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Log, unexpandedHint, unexpandedVariable } from '../platform/index.ts'
import { DirectoryStore, S3Store, type Store } from '../store/index.ts'
import { DEFAULT_STORE } from './defaults.ts'

/** The setting that stands for Amazon S3, or for what AWS_ENDPOINT_URL_S3 names; every other one is a directory. */
export const S3 = 's3'

const HINT = `Write s3 for Amazon S3 (the bucket is a setting of its own), or a directory with a slash in it, such as ./${DEFAULT_STORE}; one without a slash has to be there.`

/** `s3:`, `S3://`, `file:`, `arn:`; and `S3`, `s3/`. */
const NO_FOLDER = /^[a-z][a-z0-9+.-]*:|^s3\/*$/i

/**
 * What to write instead of a setting that is no store, so that no folder is made of what was mistyped; null for `s3`, for a
 * value with a slash, and for a folder that is there.
 *
 * @param folder what a relative path starts from
 */
export function storeFault(text: string, folder: string): string | null {
  if (text === S3) return null
  const leftover = unexpandedVariable(text)
  if (leftover !== null) return unexpandedHint(leftover)
  if (text === '' || text.includes('\0') || NO_FOLDER.test(text)) return HINT
  return text.includes('/') || isFolder(resolve(folder, text)) ? null : HINT
}

/** What cannot be looked at is none: a path may be too long, or lead through a file. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** What `openStore` takes: a directory as its absolute path. */
export const storeSetting = (text: string, folder: string): string =>
  text === S3 ? S3 : resolve(folder, text)

/**
 * The store of a setting. Nothing is opened yet.
 *
 * @param setting `s3`, or the absolute path of a directory
 * @param log hears of every request to S3 that is sent again
 */
export function openStore(setting: string, log: Log): Store {
  return setting === S3 ? new S3Store({ onRetry: text => log.warn(text) }) : new DirectoryStore(setting)
}
