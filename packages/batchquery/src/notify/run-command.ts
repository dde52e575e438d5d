import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { visible } from '../platform/index.ts'
import { Undelivered } from './undelivered.ts'

/** The variables that the command gets unchanged. No password of a database is among them. */
const PASSED_ON =
  /^(PATH|HOME|TMPDIR|TZ|LANG|LANGUAGE|LC_[A-Z_]+|AWS_[A-Z0-9_]+|NODE_EXTRA_CA_CERTS|(?:https?|all|no)_proxy|(?:HTTPS?|ALL|NO)_PROXY)$/
/** How much of its stderr a message has. */
const MOST_WORDS = 500
/** When the group is killed, its stderr ends. A process that left the group may keep it open. */
const LAST_WORDS_MS = 500

/** The parts of its process that a program passes to the notifier. */
export interface NotifyingProcess {
  readonly environment: NodeJS.ProcessEnv
  /** The working folder of commands. */
  readonly folder: string
}

/**
 * Runs a program without a shell, in a process group of its own. It gets the document on stdin and BATCHQUERY_RUN_ID in its environment.
 * Its stdout is dropped. When it ends, or when the signal aborts, its whole group is killed.
 *
 * @throws Undelivered if it cannot be started, fails, or takes too long
 */
export async function runCommand(
  command: readonly [string, ...string[]],
  document: Buffer,
  runId: string,
  place: NotifyingProcess,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted()
  const child = start(command, runId, place)
  const kill = () => killGroup(child)
  signal.addEventListener('abort', kill)
  try {
    const words = lastWords(child)
    const closed = once(child, 'close').catch(() => {})
    // A command that does not read its stdin decides by its exit code alone.
    child.stdin.on('error', () => {})
    child.stdin.end(document)
    const how = await ended(child)
    kill()
    if (signal.aborted) throw new Undelivered('it took too long and was killed', false)
    if (how === null) return
    await Promise.race([closed, setTimeout(LAST_WORDS_MS)])
    throw new Undelivered(`it ${how}${words() === '' ? '' : `: ${words()}`}`, true)
  } finally {
    signal.removeEventListener('abort', kill)
    kill()
    child.stdin.destroy()
    child.stderr.destroy()
  }
}

function start([program, ...args]: readonly [string, ...string[]], runId: string, place: NotifyingProcess) {
  try {
    return spawn(program, args, {
      cwd: place.folder,
      detached: true,
      env: { ...passedOn(place.environment), BATCHQUERY_RUN_ID: runId },
      stdio: ['pipe', 'ignore', 'pipe'],
    })
  } catch (thrown) {
    // Node throws some errors of the system at once, and reports others as events.
    throw notStarted(thrown)
  }
}

const notStarted = (thrown: unknown): Undelivered =>
  new Undelivered(
    `it cannot be started: ${thrown instanceof Error ? thrown.message : thrown}`,
    false,
    'Name a program that this user may execute.',
  )

const passedOn = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && PASSED_ON.test(name) ? [[name, value]] : [],
    ),
  )

/** Also the processes that the program left behind. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The group has ended.
  }
}

/** The end of what the program writes to stderr. */
function lastWords({ stderr }: ChildProcess): () => string {
  let text = ''
  stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = `${text}${chunk}`.slice(-MOST_WORDS)
  })
  return () => visible(text).replace(/\s+/g, ' ')
}

/** Resolves with how the program failed; null if it ended with 0. @throws Undelivered if it cannot be started */
function ended(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve, reject) => {
    child.once('error', thrown => reject(notStarted(thrown)))
    child.once('exit', (code, killer) => {
      if (code === 0) resolve(null)
      else resolve(code === null ? `was killed by ${killer}` : `ended with exit code ${code}`)
    })
  })
}
