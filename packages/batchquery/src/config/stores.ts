import type { Log } from '../platform/index.ts'
import { DirectoryStore, S3Store, type Store } from '../store/index.ts'

/** The setting that stands for Amazon S3, or for what AWS_ENDPOINT_URL_S3 names; every other one is a directory. */
export const S3 = 's3'

/**
 * The store of a setting. Nothing is opened yet.
 *
 * @param setting `s3`, or the absolute path of a directory
 * @param log hears of every request to S3 that is sent again
 */
export function openStore(setting: string, log: Log): Store {
  return setting === S3 ? new S3Store({ onRetry: text => log.warn(text) }) : new DirectoryStore(setting)
}
