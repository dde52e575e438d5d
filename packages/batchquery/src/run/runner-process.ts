import { hostname } from 'node:os'
import { basename } from 'node:path'
import { findProcess, identityOf, packageVersion } from '../platform/index.ts'
import type { RunnerRecord } from './record.ts'

/** What the engine, or the machine, says of a runner: that it goes on, that it has ended for good, or nothing. */
export type RunnerState = 'lives' | 'ended' | 'unknown'

/**
 * This process, as the owner of a run.
 *
 * @param isShared whether it does other things as well, and may go on for long when it has let go of a run
 */
export async function thisRunner(isShared = false): Promise<RunnerRecord> {
  const us = { host: hostname(), pid: process.pid, version: packageVersion() }
  const identity = await identityOf(process.pid)
  return identity === null ? us : { ...us, process: { ...identity, ...(isShared && { isShared }) } }
}

/** Whether a runner is, or was, on this machine, or in this container. */
export const isHere = ({ host }: Pick<RunnerRecord, 'host'>): boolean => host === hostname()

/**
 * What this machine knows of a runner. It lives also while it is stopped, or while the machine slept. Of another machine's,
 * or of another container's, nothing is known here, though it may have the same name and number.
 */
export async function runnerStateHere(runner: RunnerRecord): Promise<RunnerState> {
  if (!isHere(runner)) return 'unknown'
  if (runner.process === undefined) return stateByName(runner.pid)
  const { start, machine, isShared = false } = runner.process
  const us = await identityOf(process.pid)
  if (us?.machine !== machine) return 'unknown'
  const found = await identityOf(runner.pid)
  if (found === null) return (await findProcess(runner.pid)) === null ? 'ended' : 'unknown'
  if (found.start !== start) return 'ended'
  return isShared ? 'unknown' : 'lives'
}

/** What the runners of earlier versions are called, which tell nothing of their start. */
const PROGRAMS = ['batchquery-task', 'batchquery-task.js', 'batchquery', 'batchquery.js']

/** Whether the process that has the number now is a runner at all; then it may be that one. */
async function stateByName(pid: number): Promise<RunnerState> {
  const found = await findProcess(pid)
  if (found === null) return 'unknown'
  if (found.commandLine === null) return 'lives'
  const [, ...args] = found.commandLine.split('\0')
  const program = args.find(arg => !arg.startsWith('-')) ?? ''
  return PROGRAMS.includes(basename(program)) ? 'lives' : 'unknown'
}
