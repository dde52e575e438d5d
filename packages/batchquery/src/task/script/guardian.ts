import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/**
 * A shell that outlives a killed runner and then cleans up for it: it kills the script's process group and every process with the script's
 * TMPDIR in its environment, and removes the script's files.
 *
 *     waits for the group's number ──▶ waits for the end ──"done"──▶ ends
 *          └──the pipe closes, because the runner is dead──▶ kills, removes, ends
 */
const GUARD = `
read -r group
read -r end
[ "$end" = done ] && exit 0
[ -n "$group" ] && kill -KILL -- "-$group" 2>/dev/null
for file in $(grep -slF "TMPDIR=$1/tmp" /proc/[0-9]*/environ 2>/dev/null); do
  process=\${file#/proc/}
  kill -KILL "\${process%/environ}" 2>/dev/null
done
rm -rf -- "$1"
`

export class Guardian {
  readonly #shell: ChildProcess
  #isWatching = false

  /** @param folder the work folder */
  constructor(folder: string) {
    this.#shell = spawn('/bin/sh', ['-c', GUARD, 'batchquery-guardian', folder], {
      cwd: '/',
      // In its own session, it survives a signal to the runner's group.
      detached: true,
      env: process.env.PATH === undefined ? {} : { PATH: process.env.PATH },
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    // The script also runs without the shell.
    this.#shell.on('error', () => {})
    this.#shell.stdin?.on('error', () => {})
    this.#shell.unref()
  }

  watch(group: number): void {
    this.#isWatching = true
    this.#shell.stdin?.write(`${group}\n`)
  }

  /** Ends the shell when the script is cleaned up. Resolves when it has ended. */
  async dismiss(): Promise<void> {
    const { exitCode, signalCode, pid } = this.#shell
    this.#shell.ref()
    const ended =
      pid === undefined || exitCode !== null || signalCode !== null ? null : once(this.#shell, 'exit')
    this.#shell.stdin?.end(this.#isWatching ? 'done\n' : '\ndone\n')
    await ended
  }
}
