import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { appendFile, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunnerOptions } from './runner.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/batchquery.js')

/** How a process ended. */
export interface Ended {
  /** Null if the process was killed. */
  readonly code: number | null
  /** The operations of its store, in order. Empty if the process was killed, and for the command line. */
  readonly operations: readonly string[]
  readonly ms: number
}

/** A process of the product in a trial. */
export class Started {
  readonly ended: Promise<Ended>
  readonly #process: ChildProcess

  constructor(process: ChildProcess) {
    this.#process = process
    const startedAt = performance.now()
    let operations: readonly string[] = []
    process.on('message', (message: { operations: readonly string[] }) => {
      operations = message.operations
    })
    this.ended = once(process, 'exit').then(() => ({
      code: process.exitCode,
      operations,
      ms: performance.now() - startedAt,
    }))
  }

  kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): void {
    this.#process.kill(signal)
  }
}

export interface StartOptions {
  readonly folder: string
  /** The bundle of runner.ts. */
  readonly runner: string
  /** A command, with its arguments, that starts the process. @default - none */
  readonly under?: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  /** Receives the output. */
  readonly logFile: string
}

const IMPATIENT = {
  intervals: { heartbeatMs: 500, logFlushMs: 500, deadAfterMs: 0 },
  stallMs: 6_000,
  connect: {},
  kill: null,
}

/** @param command the command of runner.ts with its operands @param runner options other than the usual ones */
export const startRunner = (
  command: readonly string[],
  runner: Partial<RunnerOptions>,
  options: StartOptions,
): Started => start([options.runner, ...command, JSON.stringify({ ...IMPATIENT, ...runner })], options)

/** Starts the command line as users do: its runner is a process in its own group. */
export const startCommandLine = (args: readonly string[], options: StartOptions): Started =>
  start([PROGRAM, ...args], options)

function start(args: readonly string[], { folder, environment, logFile, under = [] }: StartOptions): Started {
  const [command = process.execPath, ...before] = [...under, process.execPath]
  const log = openSync(logFile, 'a')
  const child = spawn(command, [...before, ...args], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', log, log, 'ipc'],
  })
  closeSync(log)
  return new Started(child)
}

/** The output and the exit code of a command. */
export interface Said {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command of the command line to its end. */
export async function runCommand(
  args: readonly string[],
  { folder, environment, logFile }: StartOptions,
): Promise<Said> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  await appendFile(logFile, `${stdout}${stderr}`)
  return { code: child.exitCode, stdout, stderr }
}

/** The processes of this machine with this BATCHQUERY_RUN_ID. */
export async function processesOf(runId: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async pid => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
      return environment.split('\0').includes(`BATCHQUERY_RUN_ID=${runId}`) ? [Number(pid)] : []
    }),
  )
  return found.flat()
}

/** Waits until they have ended. False if one of them still lives after this time. */
export const allEnded = async (runId: string, seconds: number): Promise<boolean> =>
  (await untilEmpty(() => processesOf(runId), seconds)).length === 0

const LOOKS_IN_A_SECOND = 20

/**
 * Looks until it finds nothing, for about so many seconds, and returns what it found last. It counts looks, not the time, so
 * that a paused or busy machine does not shorten the wait.
 */
export async function untilEmpty<T>(look: () => Promise<T[]>, seconds: number): Promise<T[]> {
  for (let looks = seconds * LOOKS_IN_A_SECOND; ; looks--) {
    const found = await look()
    if (found.length === 0 || looks <= 0) return found
    await sleep(1000 / LOOKS_IN_A_SECOND)
  }
}

/** Looks until it finds something. */
export async function untilSome<T>(look: () => Promise<T[]>): Promise<T[]> {
  for (;;) {
    const found = await look()
    if (found.length > 0) return found
    await sleep(1000 / LOOKS_IN_A_SECOND)
  }
}

/** Resolves after about so many seconds, without those in which this process was paused. */
export async function ticks(seconds: number, signal: AbortSignal): Promise<void> {
  for (let tick = 0; tick < seconds; tick++) await sleep(1000, null, { signal })
}
