import { createHash } from 'node:crypto'

/**
 * The keys in a home bucket that runs use:
 *
 *     runs/<id>/run.json         the run record
 *     runs/<id>/attempt-NNNN     a runner's claim; created exclusively, never changed
 *     runs/<id>/cancel           exists if a cancel was requested
 *     runs/<id>/notified         exists if a process has begun to send the notifications of the run's end
 *     runs/<id>/launch-NNNN      a request to an engine elsewhere, and its outcome
 *     runs/<id>/environment/<SHA-256>.json  variables of the runner that its engine has no room for
 *     runs/<id>/log/NNNN-MMMM.txt  the log of an attempt, segment by segment
 *     runs/<id>/worker-log/wKKKK-AAAA-NNNN-MM-SSSS.txt  the log of worker K of an export, of its M-th machine, segment by segment
 *     runs/<id>/log-NNNN.txt     the log of an attempt of an earlier version: one object
 *     runs/<id>/exports/AAAA-NNNN/<name>.json  an export of attempt AAAA: an object for each change of its state
 *     runs/<id>/task/<name>      a local file that the run uploaded as its task
 *     runs/<id>/repeated/<id>    the run with the second id repeats this one; written before that run
 *     index/...                  the runs, the newest first, and how they ended: index-keys.ts
 *     locks/<SHA-256 of a destination>       exists while a run publishes a result there
 *     locks/staging/<SHA-256>/<id>/NNNN      exists while an attempt may have staged objects for the destination
 *     locks/schedules/<SHA-256 of a schedule's name>/NNNN  the run that has the turn, if runs must not overlap
 *
 * Callers check ids first (platform/ids.ts), so they contain no slash.
 */
export const runPrefix = (id: string): string => `runs/${id}/`
export const recordKey = (id: string): string => `runs/${id}/run.json`
export const attemptKey = (id: string, attempt: number): string => `runs/${id}/attempt-${fourDigits(attempt)}`
export const attemptPrefix = (id: string): string => `runs/${id}/attempt-`
export const launchKey = (id: string, launch: number): string => `runs/${id}/${launchName(launch)}`
export const launchName = (launch: number): string => `launch-${fourDigits(launch)}`
export const environmentKey = (id: string, sha256: string): string => `runs/${id}/environment/${sha256}.json`
export const cancelKey = (id: string): string => `runs/${id}/cancel`
export const notifiedKey = (id: string): string => `runs/${id}/notified`
export const logsPrefix = (id: string): string => `runs/${id}/log/`
/** The prefix of the keys of all segments of an attempt's log. */
export const logPrefix = (id: string, attempt: number): string => `${logsPrefix(id)}${fourDigits(attempt)}-`
export const logSegmentKey = (id: string, attempt: number, segment: number): string =>
  `${logPrefix(id, attempt)}${fourDigits(segment)}.txt`
export const workerLogsPrefix = (id: string): string => `runs/${id}/worker-log/`
/** The segment of the log of a worker. */
export interface WorkerSegment {
  readonly of: ExportId
  readonly worker: number
  /** Counts the machines that had the worker's number, from 1. */
  readonly machine: number
  readonly segment: number
}
export const workerLogKey = (id: string, { of, worker, machine, segment }: WorkerSegment): string =>
  `${workerLogsPrefix(id)}w${fourDigits(worker)}-${fourDigits(of.attempt)}-${fourDigits(of.number)}-${String(machine).padStart(2, '0')}-${fourDigits(segment)}.txt`
/** Null for another key. */
export function parseWorkerLogKey(id: string, key: string): WorkerSegment | null {
  const name = key.slice(workerLogsPrefix(id).length)
  const found = /^w(\d{4})-(\d{4,9})-(\d{4,9})-(\d{2})-(\d{4,9})\.txt$/.exec(name)
  if (found === null) return null
  const [worker = 0, attempt = 0, number = 0, machine = 0, segment = 0] = found.slice(1).map(Number)
  return { of: { attempt, number }, worker, machine, segment }
}
export const singleLogKey = (id: string, attempt: number): string =>
  `runs/${id}/log-${fourDigits(attempt)}.txt`
export const repeatsPrefix = (id: string): string => `runs/${id}/repeated/`
export const repeatKey = (id: string, repeat: string): string => `${repeatsPrefix(id)}${repeat}`
export const taskKey = (id: string, fileName: string): string => `runs/${id}/task/${fileName}`

/** Identifies an export of a run. Both numbers count from 1. */
export interface ExportId {
  readonly attempt: number
  /** Counts the exports of the attempt. */
  readonly number: number
}

export const exportsPrefix = (id: string): string => `runs/${id}/exports/`
/** @param name the object's, as in export-objects.ts */
export const exportKey = (id: string, { attempt, number }: ExportId, name: string): string =>
  `${exportsPrefix(id)}${fourDigits(attempt)}-${fourDigits(number)}/${name}.json`

/** The object and the export that a key names; null for another key. */
export function parseExportKey(
  id: string,
  key: string,
): { readonly of: ExportId; readonly name: string } | null {
  const rest = key.slice(exportsPrefix(id).length)
  const [, attempt, number, name] = /^(\d{4,9})-(\d{4,9})\/([a-z0-9-]+)\.json$/.exec(rest) ?? []
  if (name === undefined) return null
  return { of: { attempt: Number(attempt), number: Number(number) }, name }
}

/** The export that a name has, `0001-0002`; null for another text. */
export function parseExportName(text: string): ExportId | null {
  const [, attempt, number] = /^(\d{4,9})-(\d{4,9})$/.exec(text) ?? []
  return number === undefined ? null : { attempt: Number(attempt), number: Number(number) }
}

/** The ledger of an attempt and its pages of tokens in version 1. */
export const VERSION_1 = {
  ledgerKey: (id: string, attempt: number): string => `runs/${id}/parts-${fourDigits(attempt)}.json`,
  ledgers: (id: string): string => `runs/${id}/parts-`,
  pages: (id: string): string => `runs/${id}/staging-`,
  /** The attempt of the key of a ledger; null for another key. */
  parseLedgerKey(id: string, key: string): number | null {
    const number = /^parts-(\d{4,9})\.json$/.exec(key.slice(runPrefix(id).length))?.[1]
    return number === undefined ? null : Number(number)
  },
  /** The attempt of the key of a page; null for another key. */
  parsePageKey(id: string, key: string): number | null {
    const number = /^staging-(\d{4,9})-\d{4,9}\.json$/.exec(key.slice(runPrefix(id).length))?.[1]
    return number === undefined ? null : Number(number)
  },
}

/** Leaves out the region, because names of buckets are unique over all regions. */
const hashOf = (destination: string): string =>
  createHash('sha256')
    .update(destination.replace(/^s3-[^:/]+:/, 's3:'))
    .digest('hex')

export const lockKey = (destination: string): string => `locks/${hashOf(destination)}`

export const scheduleTurnsOf = (schedule: string): string =>
  `locks/schedules/${createHash('sha256').update(schedule).digest('hex')}/`
export const scheduleTurnKey = (schedule: string, turn: number): string =>
  `${scheduleTurnsOf(schedule)}${fourDigits(turn)}`

/** The number of the turn that a key names; null for another key. */
export function parseScheduleTurn(key: string): number | null {
  const number = /\/(\d{4,9})$/.exec(key)?.[1]
  return number === undefined ? null : Number(number)
}

export const STAGING_MARKS = 'locks/staging/'
export const stagingMarksOf = (destination: string): string => `${STAGING_MARKS}${hashOf(destination)}/`
export const stagingMarkKey = (destination: string, id: string, attempt: number): string =>
  `${stagingMarksOf(destination)}${id}/${fourDigits(attempt)}`

/** The run and the attempt that a staging mark's key names; null for another key. */
export function parseStagingMarkKey(key: string): { readonly id: string; readonly attempt: number } | null {
  const [, id, attempt] = /^locks\/staging\/[0-9a-f]{64}\/([A-Za-z0-9._-]{1,64})\/(\d{4,9})$/.exec(key) ?? []
  return id === undefined ? null : { id, attempt: Number(attempt) }
}

/** The attempt that a claim's key names; null for another key. */
export function parseAttemptKey(id: string, key: string): number | null {
  const number = /^attempt-(\d{4,9})$/.exec(key.slice(runPrefix(id).length))?.[1]
  return number === undefined ? null : Number(number)
}

/** The number of the launch that a key names; null for another key. */
export function parseLaunchKey(id: string, key: string): number | null {
  const number = /^launch-(\d{4,9})$/.exec(key.slice(runPrefix(id).length))?.[1]
  return number === undefined ? null : Number(number)
}

/** The attempt and the segment that a log segment's key names; null for another key, and if a number has other digits than ours. */
export function parseLogSegmentKey(
  id: string,
  key: string,
): { readonly attempt: number; readonly segment: number } | null {
  const [, attempt, segment] =
    /^(\d{4}|[1-9]\d{4,8})-(\d{4}|[1-9]\d{4,8})\.txt$/.exec(key.slice(logsPrefix(id).length)) ?? []
  return attempt === undefined ? null : { attempt: Number(attempt), segment: Number(segment) }
}

/** The attempt that the key of a log in one object names; null for another key. */
export function parseSingleLogKey(id: string, key: string): number | null {
  const number = /^log-(\d{4,9})\.txt$/.exec(key.slice(runPrefix(id).length))?.[1]
  return number === undefined ? null : Number(number)
}

const fourDigits = (count: number): string => String(count).padStart(4, '0')
