import { thisRunner } from '../../../run/index.ts'
import type { ReapRequest } from '../../documents.ts'
import type { Work } from '../jobs.ts'
import type { Console } from '../open-console.ts'

/** Ends a dead run, or finds out what that would do. */
export const reaping =
  (id: string, { dryRun }: ReapRequest, { home }: Console): Work =>
  async ({ log }) => {
    const reaped = await home.runs.reapOne(id, await thisRunner(), log, dryRun)
    if (reaped === null) {
      const { state } = await home.runs.read(id)
      log.info(`run ${id} is ${state} and not dead, and nothing of it is left over`)
      return { state, reap: { isDryRun: dryRun, isDead: false, completed: [], aborted: [] } }
    }
    const { state, completed, aborted, error } = reaped
    if (error !== null) throw error
    const would = dryRun ? 'would be ' : ''
    for (const uri of completed) log.info(`${would}completed: ${uri}`)
    for (const uri of aborted) log.info(`${would}aborted: ${uri}`)
    if (!dryRun) log.info(`run ${id} is ${state}`)
    return { state, reap: { isDryRun: dryRun, isDead: true, completed, aborted } }
  }
