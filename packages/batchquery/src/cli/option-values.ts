import { BatchQueryError } from '../errors/index.ts'
import { EXPORT_FORMATS } from '../format/index.ts'
import { parseDuration } from '../platform/index.ts'
import type { QueryFormat } from './query/print-formats.ts'

/** The most rows that `head` prints. */
const MOST_ROWS = 10_000

/*
 * The values of options. Each function throws USAGE for a text that is not a value of its option.
 */

export function parseUnits(text: string): number {
  if (/^\d{1,6}$/.test(text) && Number(text) > 0) return Number(text)
  throw new BatchQueryError('USAGE', `--cpu ${JSON.stringify(text)} is not a number of CPU units`, {
    hint: 'Write 256 for a quarter of a vCPU, 1024 for one, 4096 for four.',
  })
}

const MOST_TASKS = 1000

export function parseTasks(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) > 0 && Number(text) <= MOST_TASKS) return Number(text)
  throw new BatchQueryError('USAGE', `--tasks ${JSON.stringify(text)} is not a number of ECS tasks`, {
    hint: `Write a number from 1 to ${MOST_TASKS}.`,
  })
}

export function parseWorker(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) > 0) return Number(text)
  throw new BatchQueryError('USAGE', `--worker ${JSON.stringify(text)} is not the number of a worker`, {
    hint: 'Write a number from 1 on, such as 3 for w3.',
  })
}

export function parseMemory(text: string): number {
  const [, number, unit] = /^(\d{1,6}) ?(|M|MB|MiB|G|GB|GiB)$/i.exec(text) ?? []
  if (number !== undefined && unit !== undefined && Number(number) > 0)
    return Number(number) * (/^g/i.test(unit) ? 1024 : 1)
  throw new BatchQueryError('USAGE', `--memory ${JSON.stringify(text)} is not a size`, {
    hint: 'Write it in MiB, or with a unit: 512, 2048MB, 4GB.',
  })
}

export function parseCount(text: string): number {
  const count = Number(text)
  if (/^\d{1,6}$/.test(text) && count > 0) return count
  throw new BatchQueryError('USAGE', `--limit ${JSON.stringify(text)} is not a number of runs`, {
    hint: 'Write a number from 1 to 999999.',
  })
}

/** In upper case too, because the statement writes it so. */
export function parseExportFormat(text: string): QueryFormat {
  const format = EXPORT_FORMATS.find(({ option, name }) => option === text || name === text.toUpperCase())
  if (format !== undefined) return format.option
  throw new BatchQueryError('USAGE', `--format ${JSON.stringify(text)} is not a format of exports`, {
    hint: `Write one of ${EXPORT_FORMATS.map(({ option }) => option).join(', ')}.`,
  })
}

export function parseExportNumber(text: string): number {
  const number = Number(text)
  if (/^\d{1,6}$/.test(text) && number > 0) return number
  throw new BatchQueryError('USAGE', `--export ${JSON.stringify(text)} is not the number of an export`, {
    hint: 'Write 1 for the first export that the run published, 2 for the second.',
  })
}

export function parsePort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new BatchQueryError('USAGE', `--port ${JSON.stringify(text)} is not a port`, {
    hint: 'Write a number up to 65535, or 0 for any free port.',
  })
}

export function parseRows(text: string): number {
  const count = Number(text)
  if (/^\d{1,5}$/.test(text) && count > 0 && count <= MOST_ROWS) return count
  throw new BatchQueryError('USAGE', `--rows ${JSON.stringify(text)} is not a number of rows`, {
    hint: `Write a number from 1 to ${MOST_ROWS}. \`batchquery get\` downloads the whole result.`,
  })
}

export function parsePartNumber(text: string): number {
  const number = Number(text)
  if (/^\d{1,6}$/.test(text) && number > 0) return number
  throw new BatchQueryError('USAGE', `--part ${JSON.stringify(text)} is not the number of a part`, {
    hint: 'Write 1 for the first part, 2 for the second.',
  })
}

export function parseAttemptNumber(text: string): number {
  const number = Number(text)
  if (/^\d{1,6}$/.test(text) && number > 0) return number
  throw new BatchQueryError('USAGE', `--attempt ${JSON.stringify(text)} is not the number of an attempt`, {
    hint: 'Write 1 for the first attempt; `batchquery show RUN` shows them.',
  })
}

/** A duration before now, or a time. A date without a time is in UTC. */
export function parseSince(text: string, now: Date): Date {
  if (!/^\d{4}-/.test(text)) return new Date(now.getTime() - parseDuration(text) * 1000)
  const time = new Date(text)
  if (!Number.isNaN(time.getTime())) return time
  throw new BatchQueryError('USAGE', `--since ${JSON.stringify(text)} is not a time`, {
    hint: 'Write a date or a time, 2026-11-23 or 2026-11-23T02:15Z, or a duration such as 2d.',
  })
}
