import { readFile, readlink } from 'node:fs/promises'

/** Identifies a process uniquely: no earlier or later process has the same identity. */
export interface ProcessIdentity {
  /** The start time, in ticks of the kernel's clock. */
  readonly start: string
  /** The boot of the machine, and the namespace of the process number. */
  readonly machine: string
}

/** Null if the system has no /proc, or if the process has ended or belongs to another user. */
export async function identityOf(pid: number): Promise<ProcessIdentity | null> {
  const [start, boot, ...namespaces] = await Promise.all([
    startOf(pid),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => null),
    // These are of the calling process, which sees other processes in the terms of its own namespace.
    readlink('/proc/self/ns/pid').catch(() => null),
    readlink('/proc/self/ns/time').catch(() => ''),
  ])
  if (start === null || boot === null || namespaces[0] === null) return null
  return { start, machine: [boot.trim(), ...namespaces].join(' ').trim() }
}

/**
 * The start time is the 22nd field. The second field is the program's name, which may contain anything, also
 * brackets.
 */
async function startOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  const start = fields[19]
  // A killed process keeps its number until its parent has waited for it.
  return start === undefined || state === 'Z' || state === 'X' ? null : start
}
