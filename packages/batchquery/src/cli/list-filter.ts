import type { RunFilter } from '../run/index.ts'
import type { Options } from './options.ts'

/** The runs that the options of `ls` ask for. */
export function filterOf({ state, failed, error, task, database }: Options): RunFilter {
  const wanted = failed ? 'FAILED' : state
  return {
    ...(wanted !== undefined && { state: wanted }),
    ...(error !== undefined && { code: error }),
    ...(task !== undefined && { task }),
    ...(database !== undefined && { database }),
  }
}

/** The options that leave runs out, as they may be typed; empty for none. */
export function filterText({ state, failed, error, task, database, since }: Options): string {
  const given = [
    ['--since', since?.toISOString()],
    ['--state', state],
    ['--error', error],
    ['--task', task],
    ['--database', database],
  ] as const
  const flags = given.flatMap(([flag, value]) => (value === undefined ? [] : `${flag} ${value}`))
  return [...(failed ? ['--failed'] : []), ...flags].join(' ')
}
