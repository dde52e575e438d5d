import { resolve } from 'node:path'
import type { Log } from '../platform/index.ts'
import { DirectoryStore, S3Store, type Store } from '../store/index.ts'
import { DEFAULT_STORE } from './defaults.ts'

/** The setting that stands for Amazon S3, or for what AWS_ENDPOINT_URL_S3 names; every other one is a directory. */
export const S3 = 's3'

export const STORE_HINT = `Write s3 for Amazon S3 (the bucket is a setting of its own), or a directory such as ./${DEFAULT_STORE}.`

/** `s3:` is no folder, so that none of this name is made by mistake. */
export const isStoreSetting = (text: string): boolean => text !== '' && !text.startsWith('s3:')

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
