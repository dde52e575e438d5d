import type { Log } from '../platform/index.ts'
import type { Home } from '../submit/home.ts'

/**
 * The id of the run that the command line names. Stderr says which one it is where that was not written out.
 *
 * @throws as `RunStore.find`
 */
export async function namedRun(written: string, { runs }: Pick<Home, 'runs'>, log: Log): Promise<string> {
  const { id, among } = await runs.find(written)
  if (id !== written)
    log.info(`${written} is run ${id}${among === null ? '' : `, looked for among the newest ${among} runs`}`)
  return id
}
