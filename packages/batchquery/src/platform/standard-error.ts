import { closeSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { isatty } from 'node:tty'
import type { LogSink } from './log.ts'

/** What waits in this process for a reader that does not read. */
const MOST_WAITING_BYTES = 1024 * 1024

/**
 * A sink for the talk of a process on its stderr, which is worth less than what the process does. Where stderr cannot be
 * written (its reader or its terminal is gone, its disk is full), and where nobody reads it, entries are left out, and the
 * process goes on.
 *
 * To be called once for a stream.
 */
export function talkOn(stream: Writable): LogSink {
  let leftOut = 0
  stream.on('error', () => {})
  return entry => {
    if (stream.writableLength > MOST_WAITING_BYTES) {
      leftOut++
      return
    }
    if (leftOut > 0) stream.write(`(${leftOut} entries are left out here: they were not read in time)\n`)
    leftOut = 0
    stream.write(entry)
  }
}

/**
 * Lets this process come to its end where the terminal that it was started at is gone: Node sets the terminals of its
 * start back when it ends, and aborts (SIGABRT, with a core dump) over one that does not answer.
 */
export function outliveTerminals(): void {
  const terminals = [0, 1, 2].filter(isatty)
  process.on('exit', () => {
    for (const terminal of terminals) if (!isatty(terminal)) close(terminal)
  })
}

function close(descriptor: number): void {
  try {
    closeSync(descriptor)
  } catch {
    // It is closed already.
  }
}
