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

/** How long a script may take for its end after it was told to stop; the runner's own end needs some seconds more. */
const GRACE_MS = 10_000

/**
 * How long the rest of its group has after the script itself: it was told to stop as well. A shell's background jobs
 * do not hear SIGINT, so that this is what Ctrl-C waits for them.
 */
const REST_MS = 3_000
const LOOK_MS = 20

/** After the last process of a script is gone its pipes are empty soon; who holds one open still is no part of it. */
const LAST_WORDS_MS = 2_000

export interface ScriptCommand {
  readonly program: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** What relative paths of the script start from. */
  readonly folder: string
  readonly work: WorkFolder
}

/** What reads a script's pipes; each settles when its pipe has ended and all is taken. */
export interface ScriptReaders {
  readonly stdout: (stream: Readable) => Promise<void>
  readonly stderr: (stream: Readable) => Promise<void>
  readonly reports: (stream: Duplex) => Promise<void>
}

export interface ScriptEnd {
  /** 128 plus the signal where it was killed. */
  readonly exitCode: number
  readonly signal: NodeJS.Signals | null
  /** Processes that it left behind, which were killed. */
  readonly survivors: number
}

/**
 * Runs a script in a process group of its own, to its end and that of all that it started:
 *
 *     runs ──exits──────────────────────────▶ what is left of it is killed ─▶ pipes are read to their end
 *       │                                                  ▲
 *       └──stop──▶ SIGINT or SIGTERM to the group          │
 *                      ├─the grace is over─────────────────┤
 *                      └─exits──▶ its group has ended, or had its time
 *
 * @param stop its reason says which signal: SIGINT for CANCELLED, SIGTERM for any other
 * @throws NO_CAPACITY where it cannot be started, USAGE where its variables are too large for that; what a reader throws, when all is ended
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

/** Some of what the system refuses Node throws at once. */
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
  return new BatchQueryError('NO_CAPACITY', `${program} could not be started${why}`, {
    cause,
    hint: 'The machine may have no memory or no processes left, or the program is broken: start it by hand.',
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

/** Looks are counted, not the time: a machine that is paused, or busy, takes none of it away. */
async function groupEnded(group: number, patienceMs: number): Promise<void> {
  for (let looks = patienceMs / LOOK_MS; looks > 0 && signalGroup(group, 0); looks--)
    await setTimeout(LOOK_MS)
}

function readPipes(child: ChildProcess, { stdout, stderr, reports }: ScriptReaders): Promise<unknown> {
  const [, , , pipe] = child.stdio
  if (child.stdout === null || child.stderr === null || !(pipe instanceof Duplex))
    throw new Error('a pipe of the script is missing')
  const read = Promise.all([stdout(child.stdout), stderr(child.stderr), reports(pipe)])
  // It is awaited at the end; until then nothing may call a failure unhandled.
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
