import { closeSync, constants as openConstants, openSync, readFileSync, readlinkSync } from 'node:fs'
import { constants } from 'node:os'
import { basename } from 'node:path'

/** The ending signals that a shell, `nohup` or a script can make a program ignore. */
const NAMES = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const
type Name = (typeof NAMES)[number]

/** In hex, as `SigIgn` in /proc/PID/status. The shell line of our programs (bin/) sets it before it becomes Node. */
const MASK = 'BATCHQUERY_IGNORED_SIGNALS'

const SHELLS = ['sh', 'ash', 'bash', 'dash', 'ksh', 'mksh', 'zsh']

const ignore = (): void => {}

/**
 * Keeps ignoring the signals that this process was started to ignore: a program that starts a long run with `nohup`,
 * or in the background of a script, relies on it. Node resets every signal before any JavaScript runs, so the shell
 * line of our programs passes the ignored signals in a variable. Without that line (`node bin/batchquery.js`), this
 * guesses from what it can still see.
 */
export function keepIgnoredSignals(environment: NodeJS.ProcessEnv): void {
  for (const name of ignoredAtStart(environment)) process.on(name, ignore)
}

export const isIgnored = (name: NodeJS.Signals): boolean => process.listeners(name).includes(ignore)

function ignoredAtStart(environment: NodeJS.ProcessEnv): ReadonlySet<Name> {
  const mask = environment[MASK]
  const ignored = new Set(mask === undefined ? guessed() : inMask(mask))
  // npm, for example, is a Node program itself and has reset the signals already.
  if (basename(environment._ ?? '') === 'nohup') ignored.add('SIGHUP')
  return ignored
}

/** A guess from what a process can still see after Node has reset its signals. */
function guessed(): Name[] {
  const { pid, ppid } = process
  // An interactive shell ignores SIGQUIT and SIGTERM itself, but not for its children.
  const ofParent = inMask(/^SigIgn:\s*([0-9a-f]+)$/m.exec(read(`/proc/${ppid}/status`))?.[1] ?? '0')
  const ignored: Name[] = ofParent.filter(name => name === 'SIGHUP' || name === 'SIGINT')
  if (!hasTerminal() || hasInputOfNohup()) ignored.push('SIGHUP')
  if (isBackgroundJob(pid, ppid)) ignored.push('SIGINT', 'SIGQUIT')
  return ignored
}

function inMask(hex: string): Name[] {
  if (!/^[0-9a-f]{1,32}$/i.test(hex)) return []
  const mask = BigInt(`0x${hex}`)
  return NAMES.filter(name => (mask >> BigInt(constants.signals[name] - 1)) & 1n)
}

/** Without a terminal, a SIGHUP does not mean that a terminal was closed. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}

/** `nohup` replaces a terminal by an input that cannot be read. */
function hasInputOfNohup(): boolean {
  const flags = /^flags:\s*([0-7]+)$/m.exec(read('/proc/self/fdinfo/0'))?.[1] ?? '0'
  return (
    linkOf('/proc/self/fd/0') === '/dev/null' && (Number.parseInt(flags, 8) & openConstants.O_WRONLY) !== 0
  )
}

/** A shell without job control makes `program &` ignore SIGINT and SIGQUIT, in its own group and without input. */
function isBackgroundJob(pid: number, ppid: number): boolean {
  return (
    SHELLS.includes(read(`/proc/${ppid}/comm`).trim()) &&
    groupOf(pid) !== pid &&
    groupOf(pid) === groupOf(ppid) &&
    linkOf('/proc/self/fd/0') === '/dev/null' &&
    ![null, '/dev/null'].includes(linkOf(`/proc/${ppid}/fd/0`))
  )
}

/** The number of a process's group. The program's name in this line may contain anything, also brackets. */
function groupOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`)
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2])
}

/** Empty if the system has no such file. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}
