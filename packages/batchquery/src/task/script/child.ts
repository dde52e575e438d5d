import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { Duplex, type Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { BatchQueryError } from '../../errors/index.ts'
import { explainNoRoom } from '../../run/index.ts'
import { Guardian } from './guardian.ts'
import { killSurvivors, signalGroup } from './survivors.ts'
import type { WorkFolder } from './work-folder.ts'

/** The time that a script has to end after the stop signal; the runner's own end takes some seconds more. */
const GRACE_MS = 10_000

/**
 * The time that the other processes of its group have after the script itself. They got the stop signal as well, but a shell's background
 * jobs ignore SIGINT, so Ctrl-C waits this long for them.
 */
const REST_MS = 3_000
const LOOK_MS = 20

/** When the last process of a script has ended, its pipes are empty soon. A process that keeps one open longer is not part of the script. */
const LAST_WORDS_MS = 2_000

export interface ScriptCommand {
  readonly program: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** The working folder of the script. */
  readonly folder: string
  readonly work: WorkFolder
}

/** The readers of a script's pipes. Each resolves when its pipe has ended and all of it is read. */
export interface ScriptReaders {
  readonly stdout: (stream: Readable) => Promise<void>
  readonly stderr: (stream: Readable) => Promise<void>
  readonly reports: (stream: Duplex) => Promise<void>
}

export interface ScriptEnd {
  /** 128 plus the number of the signal if the script was killed. */
  readonly exitCode: number
  readonly signal: NodeJS.Signals | null
  /** The number of leftover processes that were killed. */
  readonly survivors: number
}

/**
 * Runs a script in its own process group, until the script and all processes that it started have ended:
 *
 *     runs ──exits──────────────────────────▶ leftover processes are killed ─▶ pipes are read to their end
 *       │                                                  ▲
 *       └──stop──▶ SIGINT or SIGTERM to the group          │
 *                      ├─the grace is over─────────────────┤
 *                      └─exits──▶ its group has ended, or its time is over
 *
 * @param stop its reason chooses the signal: SIGINT for CANCELLED, SIGTERM for any other
 * @throws NO_CAPACITY if the script cannot be started; USAGE if its variables are too large for that; as a reader, once all has ended
 */
export async function runChild(
  command: ScriptCommand,
  readers: ScriptReaders,
  stop: AbortSignal,
  graceMs = GRACE_MS,
): Promise<ScriptEnd> {
  const { work } = command
  const guardian = new Guardian(work.path)
  try {
    const child = startChild(command)
    const exited = exitOf(child)
    await once(child, 'spawn').catch(cause => {
      throw cannotStart(command, cause)
    })
    const { pid } = child
    if (pid === undefined) throw cannotStart(command, null)
    guardian.watch(pid)
    const read = readPipes(child, readers)
    const { exitCode, signal } = await endedOrStopped(pid, exited, stop, graceMs)
    const survivors = await killSurvivors(pid, work.temporary)
    await pipesEnded(child, read)
    return { exitCode, signal, survivors }
  } finally {
    await guardian.dismiss()
  }
}

/** Node throws some errors of the system at once, and reports others as events. */
function startChild(command: ScriptCommand): ChildProcess {
  const { program, args, environment, folder } = command
  try {
    return spawn(program, args, {
      cwd: folder,
      detached: true,
      env: { ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
  } catch (cause) {
    throw cannotStart(command, cause)
  }
}

type Exit = Pick<ScriptEnd, 'exitCode' | 'signal'>

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise(resolve => {
    child.once('exit', (code, signal) =>
      resolve({ exitCode: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), signal }),
    )
  })
}

function cannotStart({ program, args, environment }: ScriptCommand, cause: unknown): BatchQueryError {
  const noRoom = explainNoRoom(cause, program, { variables: environment, args })
  if (noRoom !== null) return noRoom
  const why = cause instanceof Error ? `: ${cause.message}` : ''
  return new BatchQueryError('NO_CAPACITY', `cannot start ${program}${why}`, {
    cause,
    hint: 'Start the program by hand to see whether it works. Check whether the machine has run out of memory or processes.',
  })
}

async function endedOrStopped(group: number, exited: Promise<Exit>, stop: AbortSignal, graceMs: number) {
  const over = new AbortController()
  const grace = async (): Promise<null> => {
    if (!stop.aborted) await once(stop, 'abort', { signal: over.signal })
    const isCancel = BatchQueryError.from(stop.reason).code === 'CANCELLED'
    signalGroup(group, isCancel ? 'SIGINT' : 'SIGTERM')
    await setTimeout(graceMs, null, { signal: over.signal })
    signalGroup(group, 'SIGKILL')
    return null
  }
  // Rejects when the script has ended.
  const stopping = grace().catch(() => null)
  const exit = await exited
  over.abort()
  await stopping
  if (stop.aborted) await groupEnded(group, Math.min(graceMs, REST_MS))
  return exit
}

/** Waits for a number of looks instead of a time, so that a paused or busy machine does not shorten the wait. */
async function groupEnded(group: number, patienceMs: number): Promise<void> {
  for (let looks = patienceMs / LOOK_MS; looks > 0 && signalGroup(group, 0); looks--)
    await setTimeout(LOOK_MS)
}

function readPipes(child: ChildProcess, { stdout, stderr, reports }: ScriptReaders): Promise<unknown> {
  const [, , , pipe] = child.stdio
  if (child.stdout === null || child.stderr === null || !(pipe instanceof Duplex))
    throw new Error('a pipe of the script is missing')
  const read = Promise.all([stdout(child.stdout), stderr(child.stderr), reports(pipe)])
  // The caller awaits it at the end; until then a rejection must not count as unhandled.
  read.catch(() => {})
  return read
}

async function pipesEnded(child: ChildProcess, read: Promise<unknown>): Promise<void> {
  const over = new AbortController()
  const late = setTimeout(LAST_WORDS_MS, undefined, { signal: over.signal }).then(
    () => {
      for (const stream of child.stdio) stream?.destroy()
    },
    () => {},
  )
  try {
    await read
  } finally {
    over.abort()
    await late
  }
}
