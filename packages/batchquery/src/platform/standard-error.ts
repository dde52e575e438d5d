import { closeSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { isatty } from 'node:tty'
import type { LogSink } from './log.ts'

/** The most bytes that wait in this process for a reader that does not read. */
const MOST_WAITING_BYTES = 1024 * 1024

/**
 * A sink for the log of a process on its stderr, which is worth less than the work of the process. If stderr cannot
 * be written (its reader or terminal is gone, its disk is full) or is not read, the sink drops entries, and the
 * process goes on.
 *
 * Call it once per stream.
 */
export function talkOn(stream: Writable): LogSink {
  let dropped = 0
  stream.on('error', () => {})
  return entry => {
    if (stream.writableLength > MOST_WAITING_BYTES) {
      dropped++
      return
    }
    if (dropped > 0)
      stream.write(`(${dropped} entries are missing here because the reader of stderr was too slow)\n`)
    dropped = 0
    stream.write(entry)
  }
}

/**
 * Lets this process end normally when its terminal is gone. On exit Node resets the terminals that it was started
 * with, and aborts (SIGABRT, with a core dump) if one does not respond.
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
