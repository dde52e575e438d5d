import { BatchQueryError } from '../errors/index.ts'
import { quoted } from '../platform/index.ts'

/**
 * Whether a runner may end with success if its run has SUCCEEDED already: BATCHQUERY_REPEAT is `ok`. A state machine that is redriven
 * starts the same run again.
 *
 * @throws CONFIG
 */
export function isRepeatOk({ BATCHQUERY_REPEAT: repeat = '' }: NodeJS.ProcessEnv): boolean {
  if (repeat === '' || repeat === 'ok') return repeat === 'ok'
  throw new BatchQueryError('CONFIG', `BATCHQUERY_REPEAT: ${quoted(repeat)} is no rule`, {
    hint: 'Write ok, or leave it out.',
  })
}
