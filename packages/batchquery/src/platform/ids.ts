import { randomInt } from 'node:crypto'

import { BatchQueryError } from '../errors/index.ts'

/** Without 0, o, 1, l and i, which are easily confused when an id is read aloud or copied by hand. */
const ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz'
const RANDOM_CHARACTERS = 6

const RUN_ID = /^[A-Za-z0-9._-]{1,64}$/

/** A new run id, `20261123-021545-7k3f9q`: the time in UTC, so that ids sort by it, and six random characters. */
export function newRunId(now: Date): string {
  const [date = '', time = ''] = now.toISOString().split('T')
  const random = Array.from({ length: RANDOM_CHARACTERS }, () => ALPHABET[randomInt(ALPHABET.length)])
  return `${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-${random.join('')}`
}

export const isRunId = (text: string): boolean => RUN_ID.test(text) && text !== '.' && text !== '..'

/**
 * Checks a run id. It becomes part of keys and file names, so it may contain nothing else.
 *
 * @throws USAGE
 */
export function checkRunId(text: string): string {
  if (isRunId(text)) return text
  throw new BatchQueryError('USAGE', `${JSON.stringify(text.slice(0, 100))} is not a run id`, {
    hint: 'Write 1 to 64 letters, digits, dots, underscores and hyphens. `batchquery ls` shows the runs.',
  })
}
