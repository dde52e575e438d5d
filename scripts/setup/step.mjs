import { spawn } from 'node:child_process'

/** A step of the setup that failed. The message ends with what a person can do. */
export class SetupError extends Error {}

/** Prints the one line that says what is being installed or built. */
export function say(line) {
  console.log(`setup: ${line}`)
}

/**
 * Runs a command, and shows its output only if it fails.
 * @param {{ command: string, args: string[], cwd: string, what: string, byHand: string }} step `what` is the clause
 *   after "failed:", `byHand` the command for a person to try.
 */
export async function runQuietly({ command, args, cwd, what, byHand }) {
  const output = []
  const outcome = await new Promise(resolve => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.on('data', chunk => output.push(chunk))
    child.stderr.on('data', chunk => output.push(chunk))
    child.once('error', error => resolve(error.message))
    child.once('close', (code, signal) => resolve(signal ?? code))
  })
  if (outcome === 0) return
  throw new SetupError(
    [
      `${what} failed (${typeof outcome === 'number' ? `exit code ${outcome}` : outcome}). Its output:`,
      Buffer.concat(output).toString().trim(),
      `To try it by hand: ${byHand}`,
    ].join('\n\n'),
  )
}
