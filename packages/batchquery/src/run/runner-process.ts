import { hostname } from 'node:os'
import { basename } from 'node:path'
import { findProcess, identityOf, packageVersion } from '../platform/index.ts'
import type { RunnerRecord } from './record.ts'

/** The state of a runner, as far as its engine or machine knows. An ended runner never comes back. */
export type RunnerState = 'lives' | 'ended' | 'unknown'

/**
 * Describes this process as the owner of a run.
 *
 * @param isShared whether the process does other things too, and may live long after it released a run
 */
export async function thisRunner(isShared = false): Promise<RunnerRecord> {
  const us = { host: hostname(), pid: process.pid, version: packageVersion() }
  const identity = await identityOf(process.pid)
  return identity === null ? us : { ...us, process: { ...identity, ...(isShared && { isShared }) } }
}

/** Whether a runner is, or was, on this machine, or in this container. */
export const isHere = ({ host }: Pick<RunnerRecord, 'host'>): boolean => host === hostname()

/**
 * Reports the state of a runner on this machine. A stopped process lives, and so does one on a machine that slept. 'unknown'
 * for a runner on another machine or in another container, though the names and numbers may be equal.
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

/** The programs of earlier versions, whose records do not identify the process. */
const PROGRAMS = ['batchquery-task', 'batchquery-task.js', 'batchquery', 'batchquery.js']

/** Checks whether the process that has the number now is a runner at all. If so, it may be the one in question. */
async function stateByName(pid: number): Promise<RunnerState> {
  const found = await findProcess(pid)
  if (found === null) return 'unknown'
  if (found.commandLine === null) return 'lives'
  const [, ...args] = found.commandLine.split('\0')
  const program = args.find(arg => !arg.startsWith('-')) ?? ''
  return PROGRAMS.includes(basename(program)) ? 'lives' : 'unknown'
}
