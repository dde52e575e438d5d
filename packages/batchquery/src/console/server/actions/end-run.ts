import { setTimeout } from 'node:timers/promises'
import { endLeftoverSessions } from '../../../config/index.ts'
import { isFinal, type RunRecord, type RunStore, thisRunner } from '../../../run/index.ts'
import { cancelRun } from '../../../submit/cancel-run.ts'
import type { ReapRequest } from '../../documents.ts'
import type { Job, Work } from '../jobs.ts'
import type { Console } from '../open-console.ts'

/** Far longer than a runner needs: it looks for a request every 10 s, and ends its statements within 15 s. */
const SECONDS = 180
const POLL_MS = 1_000

/**
 * Cancels a run, and then asks the database servers whether its sessions are gone. A run that has ended may have sessions on a server
 * that its runner could not reach.
 */
export const cancelling =
  (id: string, { home, context }: Console): Work =>
  async ({ log }) => {
    const before = await home.runs.read(id)
    log.info(`the run is ${before.state}`)
    const ended = new AbortController()
    const watching = isFinal(before.state) ? before : watch(before, home.runs, log, ended.signal)
    const record = await cancelRun(id, SECONDS, home, log).finally(() => ended.abort())
    const seen = await watching
    if (!isFinal(record.state)) {
      log.warn(`the run has not ended within ${SECONDS} s of the request`)
      return { state: record.state, isGone: null }
    }
    log.info(`the run is ${record.state}`)
    const open = seen.databases.filter(({ sessions }) => sessions.length > 0)
    if (open.length === 0) {
      log.info('the run had no session on a server')
      return { state: record.state, isGone: true }
    }
    const place = { settings: home.settings, environment: context.environment, folder: context.folder }
    const warnings = await endLeftoverSessions(seen, place)
    for (const warning of warnings) log.warn(warning)
    if (warnings.length > 0) return { state: record.state, isGone: null }
    for (const { dialect, host, sessions } of open)
      log.info(`confirmed gone on the server: session ${sessions.join(', ')} at ${dialect} ${host}`)
    return { state: record.state, isGone: true }
  }

/**
 * Says when the request is in the store, and when the runner ends its sessions. Never throws: `cancelRun` reads the same objects.
 *
 * @returns the last record with open sessions that it saw; `before` if it saw none
 */
async function watch(
  before: RunRecord,
  runs: RunStore,
  log: Job['log'],
  signal: AbortSignal,
): Promise<RunRecord> {
  let isRequested = false
  let sessions = sessionsOf(before)
  let seen = before
  while (!signal.aborted) {
    const [record, requested] = await Promise.all([
      runs.read(before.id).catch(() => null),
      runs.isCancelRequested(before.id).catch(() => false),
    ])
    if (requested && !isRequested && !signal.aborted)
      log.info('requested the cancel; the runner looks for it every 10 s')
    isRequested ||= requested
    const now = record === null ? sessions : sessionsOf(record)
    if (now < sessions) log.info(`the runner has ended ${sessions - now} of its sessions`)
    sessions = now
    if (record !== null && now > 0) seen = record
    // It rejects only when the signal aborts.
    await setTimeout(POLL_MS, undefined, { signal }).catch(() => {})
  }
  return seen
}

const sessionsOf = ({ databases }: RunRecord): number =>
  databases.reduce((sum, { sessions }) => sum + sessions.length, 0)

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
