import { readFile, readlink } from 'node:fs/promises'

/** A process as no other one is, neither before nor after it. */
export interface ProcessIdentity {
  /** When it began, in ticks of the kernel's clock. */
  readonly start: string
  /** The boot of the machine, and the namespace that its number is one of. */
  readonly machine: string
}

/** Null where the system has no /proc to tell it, for a process that has ended, and for one that may not be looked at. */
export async function identityOf(pid: number): Promise<ProcessIdentity | null> {
  const [start, boot, ...namespaces] = await Promise.all([
    startOf(pid),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => null),
    // Both are those of the process that asks: what it sees of others is in their terms.
    readlink('/proc/self/ns/pid').catch(() => null),
    readlink('/proc/self/ns/time').catch(() => ''),
  ])
  if (start === null || boot === null || namespaces[0] === null) return null
  return { start, machine: [boot.trim(), ...namespaces].join(' ').trim() }
}

/** The 22nd field; the second one is the program's name, which may hold anything, brackets too. */
async function startOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  const start = fields[19]
  // One that was killed keeps its number until its parent has looked.
  return start === undefined || state === 'Z' || state === 'X' ? null : start
}
