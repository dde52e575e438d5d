import { BatchQueryError } from '../errors/index.ts'

const MOST_RETRIES = 100

/** Checks how often a run may be retried. @throws USAGE */
export function checkRetries(retries: number): number {
  if (Number.isSafeInteger(retries) && retries >= 0 && retries <= MOST_RETRIES) return retries
  throw noRetries(String(retries))
}

/** @throws USAGE */
export function parseRetries(text: string): number {
  if (/^\d{1,3}$/.test(text)) return checkRetries(Number(text))
  throw noRetries(JSON.stringify(text.slice(0, 100)))
}

const noRetries = (shown: string): BatchQueryError =>
  new BatchQueryError('USAGE', `${shown} is not a number of retries`, {
    hint: `Write a number from 0 to ${MOST_RETRIES}.`,
  })
