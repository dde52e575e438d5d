import { existsSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { BatchQueryError } from '../../errors/index.ts'
import { unexpandedHint, unexpandedVariable } from '../../platform/index.ts'
import type { Location, Places, StoreScheme } from '../scheme.ts'
import { DirectoryStore } from './directory-store.ts'

/**
 * Directories, by their paths. An address is a file: the folder that it is in acts as the bucket. If a directory is the home store,
 * its objects have the addresses of S3 instead.
 */
export const directoryScheme: StoreScheme = {
  isAddress: () => true,
  locate: (text, places) => locateFile(pathOf(text, places)),
  namesFiles: true,

  isSetting: () => true,
  settingForm: 'a directory with a slash in it, such as ./.batchquery/store; one without a slash must exist',
  isUsable(setting, folder) {
    if (setting === '' || setting.includes('\0') || OTHER_SCHEME.test(setting)) return false
    return setting.includes('/') || isFolder(resolve(folder, setting))
  },
  absoluteSetting: (setting, folder) => resolve(folder, setting),
  open: setting => new DirectoryStore(setting),
}

/** `file:`, `arn:` */
const OTHER_SCHEME = /^[a-z][a-z0-9+.-]*:/i

/** False if the system cannot look at it: a path may be too long, or lead through a file. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** @param path absolute */
export function locateFile(path: string): Location {
  const folder = dirname(path)
  return {
    store: new DirectoryStore(dirname(folder), { keepsEmptyBuckets: existsSync(folder) }),
    bucket: basename(folder),
    key: basename(path),
    uri: pathToFileURL(path).href,
  }
}

function pathOf(text: string, { folder }: Places): string {
  const leftover = unexpandedVariable(text)
  if (leftover !== null)
    throw new BatchQueryError(
      'USAGE',
      `${JSON.stringify(text)} is not a destination: no shell replaced ${leftover}`,
      {
        hint: unexpandedHint(leftover),
      },
    )
  if (folder === null)
    throw new BatchQueryError(
      'UNSUPPORTED_CLAUSE',
      `${JSON.stringify(text)} is a file, and this engine keeps no files`,
      {
        hint: 'Write to s3://BUCKET/PREFIX, or run with --engine local.',
      },
    )
  const path = resolve(folder, text.startsWith('file:') ? filePath(text) : text)
  if (/[/\\]$/.test(text) || dirname(path) === dirname(dirname(path)))
    throw new BatchQueryError('USAGE', `${JSON.stringify(text)} is not a destination`, {
      hint: 'Write a folder and the beginning of the file names, as in ./out/result.',
    })
  return path
}

function filePath(url: string): string {
  try {
    return fileURLToPath(url)
  } catch (cause) {
    throw new BatchQueryError('USAGE', `${JSON.stringify(url)} is not a file on this machine`, {
      cause,
      hint: 'Write file:///FOLDER/PREFIX, with three slashes.',
    })
  }
}
