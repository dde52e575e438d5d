import { closeSync, constants as openConstants, openSync, readFileSync, readlinkSync } from 'node:fs'
import { constants } from 'node:os'
import { basename } from 'node:path'

/** What a shell, `nohup` or a script makes a program ignore, of the signals that end one. */
const NAMES = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const
type Name = (typeof NAMES)[number]

/** In hex, as `SigIgn` of /proc/PID/status: the shell line of our programs (bin/) sets it before it becomes Node. */
const MASK = 'BATCHQUERY_IGNORED_SIGNALS'

const SHELLS = ['sh', 'ash', 'bash', 'dash', 'ksh', 'mksh', 'zsh']

const ignore = (): void => {}

/**
 * Ignores on what this process was started to ignore: a program that starts a long run by `nohup`, or in the background
 * of a script, relies on it. Node gives every signal its usual effect back before any JavaScript runs, so the shell line
 * of our programs has to tell. Where they were started without it (`node bin/batchquery.js`), what can still be seen
 * decides.
 */
export function keepIgnoredSignals(environment: NodeJS.ProcessEnv): void {
  for (const name of ignoredAtStart(environment)) process.on(name, ignore)
}

export const isIgnored = (name: NodeJS.Signals): boolean => process.listeners(name).includes(ignore)

function ignoredAtStart(environment: NodeJS.ProcessEnv): ReadonlySet<Name> {
  const told = environment[MASK]
  const ignored = new Set(told === undefined ? guessed() : inMask(told))
  // npm, for one, is a Node too, and has forgotten it on the way to us.
  if (basename(environment._ ?? '') === 'nohup') ignored.add('SIGHUP')
  return ignored
}

/** As far as a process can see it that has forgotten it. */
function guessed(): Name[] {
  const { pid, ppid } = process
  // An interactive shell ignores SIGQUIT and SIGTERM itself, and not for its children.
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

/** Without one a SIGHUP says nothing of a terminal that was closed. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}

/** In the place of a terminal, `nohup` gives an input that cannot be read. */
function hasInputOfNohup(): boolean {
  const flags = /^flags:\s*([0-7]+)$/m.exec(read('/proc/self/fdinfo/0'))?.[1] ?? '0'
  return (
    linkOf('/proc/self/fd/0') === '/dev/null' && (Number.parseInt(flags, 8) & openConstants.O_WRONLY) !== 0
  )
}

/** A shell without job control makes `program &` ignore SIGINT and SIGQUIT, in its own group and with no input. */
function isBackgroundJob(pid: number, ppid: number): boolean {
  return (
    SHELLS.includes(read(`/proc/${ppid}/comm`).trim()) &&
    groupOf(pid) !== pid &&
    groupOf(pid) === groupOf(ppid) &&
    linkOf('/proc/self/fd/0') === '/dev/null' &&
    ![null, '/dev/null'].includes(linkOf(`/proc/${ppid}/fd/0`))
  )
}

/** The number of a process's group; the name of its program may hold anything, also brackets. */
function groupOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`)
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2])
}

/** Empty where the system has no such file. */
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
