import { createHash } from 'node:crypto'
import { isRunId } from '../platform/index.ts'

/**
 * The home bucket, as far as runs use it:
 *
 *     runs/<id>/run.json         the run record
 *     runs/<id>/attempt-NNNN     a runner's claim; created exclusively, never changed
 *     runs/<id>/cancel           its existence asks for cancel
 *     runs/<id>/log-NNNN.txt     the log of an attempt
 *     runs/<id>/parts-NNNN.json  the ledger of an attempt: every staged part
 *     runs/<id>/task/<name>      a local file that was run
 *     index/<10^13 - createdAt in ms>_<id>   empty; listing it gives the newest run first
 *     locks/<SHA-256 of a destination>       held while a result is published there
 *
 * Ids are checked (platform/ids.ts) before they come here: they hold no slash.
 */
export const runPrefix = (id: string): string => `runs/${id}/`
export const recordKey = (id: string): string => `runs/${id}/run.json`
export const attemptKey = (id: string, attempt: number): string => `runs/${id}/attempt-${fourDigits(attempt)}`
export const cancelKey = (id: string): string => `runs/${id}/cancel`
export const logKey = (id: string, attempt: number): string => `runs/${id}/log-${fourDigits(attempt)}.txt`
export const ledgerKey = (id: string, attempt: number): string =>
  `runs/${id}/parts-${fourDigits(attempt)}.json`
export const taskKey = (id: string, fileName: string): string => `runs/${id}/task/${fileName}`
/** The bucket's region is no part of what a destination is: names of buckets are unique over all regions. */
export const lockKey = (destination: string): string =>
  `locks/${createHash('sha256')
    .update(destination.replace(/^s3-[^:/]+:/, 's3:'))
    .digest('hex')}`

/** What the key of a claim says, null for another key. */
export function parseAttemptKey(id: string, key: string): number | null {
  const number = /^attempt-(\d{4,9})$/.exec(key.slice(runPrefix(id).length))?.[1]
  return number === undefined ? null : Number(number)
}

/** What the key of a ledger says, null for another key. */
export function parseLedgerKey(id: string, key: string): number | null {
  const number = /^parts-(\d{4,9})\.json$/.exec(key.slice(runPrefix(id).length))?.[1]
  return number === undefined ? null : Number(number)
}

const fourDigits = (attempt: number): string => String(attempt).padStart(4, '0')

export const INDEX_PREFIX = 'index/'

/** Milliseconds: of times from 1970 to 2286 the difference has 13 digits, so that keys sort as numbers do. */
const INDEX_EPOCH = 10 ** 13

export const indexKey = (createdAt: Date, id: string): string =>
  `${INDEX_PREFIX}${String(INDEX_EPOCH - createdAt.getTime()).padStart(13, '0')}_${id}`

export interface IndexEntry {
  readonly id: string
  readonly createdAt: Date
}

/** What an index key says, null for a key that is none of ours. */
export function parseIndexKey(key: string): IndexEntry | null {
  const [, countdown, id] = /^index\/(\d{13})_(.+)$/.exec(key) ?? []
  if (countdown === undefined || id === undefined || !isRunId(id)) return null
  return { id, createdAt: new Date(INDEX_EPOCH - Number(countdown)) }
}
