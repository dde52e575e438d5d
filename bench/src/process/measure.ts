import { type ChildProcess, spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { BenchError } from '../bench-error.ts'
import type { ClientCommand } from './client-command.ts'
import { LEASH, onLeash } from './leash.ts'

/** The usage of a command with all of its children. */
export interface Usage {
  readonly seconds: number
  /** User and system time. */
  readonly cpuSeconds: number
  /** The peak of its largest process. */
  readonly peakMegabytes: number
  readonly stdout: string
}

/** A command that failed. */
export class CommandFailure extends BenchError {
  /** The exit code, or the signal. */
  readonly outcome: number | string | null
  /** The end of what it printed. */
  readonly output: string

  constructor(argv: readonly string[], outcome: number | string | null, output: string) {
    super(`${argv.join(' ')}\nended with ${outcome}:\n${output}`)
    this.outcome = outcome
    this.output = output
  }
}

const PATIENCE_MS = 30 * 60_000
const KEPT_CHARACTERS = 4_000

/**
 * Runs a command under GNU time, whose figures cover the whole process tree.
 *
 * @param timesFile a path for the figures, in a folder of ours
 * @param patienceMs the time after which the command is killed
 * @throws CommandFailure with the end of its output
 */
export async function measure(
  command: ClientCommand,
  timesFile: string,
  patienceMs: number = PATIENCE_MS,
): Promise<Usage> {
  const timed = ['time', '--quiet', `--output=${timesFile}`, '--format=%U %S %M', ...command.argv]
  const argv = command.limits?.around(timed) ?? timed
  const { seconds, stdout } = await run(argv, command, patienceMs)
  const [user, system, kilobytes] = (await readFile(timesFile, 'utf8')).trim().split(' ').map(Number)
  await rm(timesFile)
  if (user === undefined || system === undefined || kilobytes === undefined)
    throw new BenchError(`GNU time has not reported on ${command.argv.join(' ')}`)
  return { seconds, cpuSeconds: user + system, peakMegabytes: (kilobytes * 1024) / 1e6, stdout }
}

async function run(
  command: readonly string[],
  { argv, environment, folder }: ClientCommand,
  patienceMs: number,
): Promise<{ seconds: number; stdout: string }> {
  const [program, ...args] = onLeash(command)
  const started = performance.now()
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  })
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = `${stderr}${chunk}`.slice(-KEPT_CHARACTERS)
  })
  const patience = setTimeout(() => endCommand(child), patienceMs)
  const outcome = await new Promise<number | string | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(signal ?? code))
  })
  const seconds = (performance.now() - started) / 1000
  clearTimeout(patience)
  endCommand(child)
  if (outcome === 0) return { seconds, stdout }
  throw new CommandFailure(argv, outcome, stderr.trim() || stdout.slice(-KEPT_CHARACTERS).trim())
}

/** Ends the command if it still runs. */
function endCommand({ stdio }: ChildProcess): void {
  stdio[LEASH]?.destroy()
}
