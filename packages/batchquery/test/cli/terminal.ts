import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Workspace } from './workspace.ts'

/**
 * Runs a command at a terminal of its own, and closes that when a file says so.
 *
 * argv: the file, which is waited for; `ignored` if the command must ignore SIGHUP; the command
 */
const TERMINAL = `
import os, pty, select, signal, sys, time
closing, hup, command = sys.argv[1], sys.argv[2], sys.argv[3:]
child, terminal = pty.fork()
if child == 0:
    signal.signal(signal.SIGHUP, signal.SIG_IGN if hup == 'ignored' else signal.SIG_DFL)
    os.execvp(command[0], command)
while not os.path.exists(closing):
    try:
        if select.select([terminal], [], [], 0.02)[0]: os.read(terminal, 65536)
    except OSError:
        time.sleep(0.02) # Nothing has it open.
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
`

/** A command at a terminal that can be closed. */
export function atTerminal(
  workspace: Workspace,
  command: readonly string[],
  hup: 'ignored' | 'usual',
  environment: NodeJS.ProcessEnv,
) {
  const closing = join(workspace.folder, 'close-the-terminal')
  const args = ['-c', TERMINAL, closing, hup, ...command]
  const started = workspace.startProgram('python3', args, environment)
  onTestFinished(() => void started.process.kill('SIGKILL'))
  return {
    /** Closes the terminal. @returns the exit code of the command, less than 0 for the signal that ended it */
    close: async () => {
      await workspace.write('close-the-terminal', '')
      return Number((await started.ended).stdout)
    },
  }
}

/**
 * Runs a command at a terminal of a given size, writes what it shows to the file `shown`, and types what the file
 * `typed` holds, once.
 *
 * argv: columns; rows; the command
 */
const WATCHED_TERMINAL = `
import fcntl, os, pty, select, struct, sys, termios
columns, rows, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
ready, go = os.pipe()
child, terminal = pty.fork()
if child == 0:
    os.close(go)
    os.read(ready, 1) # The terminal has its size.
    os.close(ready)
    os.execvp(command[0], command)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
os.close(go)
with open('shown', 'wb', buffering=0) as shown:
    while True:
        try:
            if select.select([terminal], [], [], 0.02)[0]: shown.write(os.read(terminal, 65536))
        except OSError:
            break # Nothing has it open.
        if os.path.exists('typed'):
            with open('typed', 'rb') as typed: keys = typed.read()
            if keys: # Else it is still being written.
                os.write(terminal, keys)
                os.remove('typed')
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
`

/** A command at a terminal that is looked at. */
export function atWatchedTerminal(
  workspace: Workspace,
  command: readonly string[],
  size: { readonly columns: number; readonly rows: number },
  environment: NodeJS.ProcessEnv = {},
) {
  const args = ['-c', WATCHED_TERMINAL, String(size.columns), String(size.rows), ...command]
  const started = workspace.startProgram('python3', args, environment)
  onTestFinished(() => void started.process.kill('SIGKILL'))
  return {
    /** All that the command has written. */
    written: () => workspace.read('shown').catch(() => ''),
    /** The lines on the terminal. */
    lines: async () => linesOnTerminal(await workspace.read('shown').catch(() => '')),
    ctrlC: () => workspace.write('typed', '\u0003'),
    /** The exit code of the command, less than 0 for the signal that ended it. */
    ended: async () => Number((await started.ended).stdout),
  }
}

const ESCAPE = '\u001b'

/** Draws a text as a terminal does. It knows only the sequences in this file. */
function linesOnTerminal(text: string): readonly string[] {
  const lines = ['']
  let row = 0
  let column = 0
  const pattern = new RegExp(`${ESCAPE}\\[(?<count>\\d*)(?<action>[A-Za-z])|(?<plain>.)`, 'gsu')
  for (const { groups: { count = '', action, plain = '' } = {} } of text.matchAll(pattern)) {
    if (action === 'A') row = Math.max(0, row - Number(count || 1))
    else if (action === 'K') lines[row] = lines[row].slice(0, column)
    else if (action === 'J') lines.splice(row, Infinity, lines[row].slice(0, column))
    else if (action !== undefined) throw new Error(`the terminal does not know ${action}`)
    else if (plain === '\r') column = 0
    else if (plain === '\n') lines[++row] ??= ''
    else {
      lines[row] = lines[row].slice(0, column).padEnd(column) + plain + lines[row].slice(column + 1)
      column++
    }
  }
  return lines
}
