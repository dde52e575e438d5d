import type { Log } from '../platform/index.ts'
import type { Home } from '../submit/home.ts'

/**
 * Returns the id of the run that the command line names. If that is not the whole id, stderr shows which run it is.
 *
 * @throws as `RunStore.find`
 */
export async function namedRun(written: string, { runs }: Pick<Home, 'runs'>, log: Log): Promise<string> {
  const { id, among } = await runs.find(written)
  if (id !== written)
    log.info(`${written} is run ${id}${among === null ? '' : ` (of the newest ${among} runs)`}`)
  return id
}
