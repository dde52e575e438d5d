import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Workspace } from './workspace.ts'

/**
 * Runs a command at a terminal of its own, and closes that when a file says so.
 *
 * argv: the file, which is waited for; `ignored` where the command is to ignore SIGHUP; the command
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
