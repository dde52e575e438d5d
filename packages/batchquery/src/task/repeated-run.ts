import { BatchQueryError } from '../errors/index.ts'
import { quoted } from '../platform/index.ts'

/**
 * Whether a run that has SUCCEEDED already may be asked for again, by BATCHQUERY_REPEAT: `ok`. A state machine that is redriven asks for
 * what it has asked for before.
 *
 * @throws CONFIG
 */
export function isRepeatOk({ BATCHQUERY_REPEAT: repeat = '' }: NodeJS.ProcessEnv): boolean {
  if (repeat === '' || repeat === 'ok') return repeat === 'ok'
  throw new BatchQueryError('CONFIG', `BATCHQUERY_REPEAT: ${quoted(repeat)} is no rule`, {
    hint: 'Write ok, or leave it out.',
  })
}
