import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { Writable } from 'node:stream'
import { AWAITS_ORDERS, ORDERS_FD, writtenOrders } from '../../run/index.ts'
import type { StartedRunner } from '../engine.ts'

const STDOUT = 1
const STDERR = 2

/** How a runner is started. */
export interface RunnerStart {
  /** The runner's script, then the runner's arguments. */
  readonly args: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  readonly folder: string
  readonly stdout: 'stdout' | 'stderr'
  /** Its output is not shown here, and this process does not wait for it. */
  readonly detached: boolean
}

/** A runner, which leads its own process group. It touches nothing before it gets its orders. */
export class LocalRunner implements StartedRunner {
  readonly exitCode: Promise<number>
  readonly #child: ChildProcess
  readonly #spawned: Promise<unknown>
  readonly #isDetached: boolean

  constructor({ args, environment, folder, stdout, detached }: RunnerStart) {
    this.#child = spawn(process.execPath, args, {
      cwd: folder,
      // A session of its own: Ctrl-C, and the end of the terminal, reach only this process, which passes the signal on once.
      detached: true,
      env: { ...environment, ...AWAITS_ORDERS },
      stdio: detached
        ? ['ignore', 'ignore', 'ignore', 'pipe']
        : ['ignore', stdout === 'stdout' ? STDOUT : STDERR, STDERR, 'pipe'],
    })
    this.#isDetached = detached
    this.exitCode = exitCodeOf(this.#child)
    this.#spawned = once(this.#child, 'spawn')
    // `order` handles the rejection.
    this.#spawned.catch(() => {})
    this.#orders.on('error', () => {})
    // Until the orders are sent, this process may end without waiting for the runner.
    this.#child.unref()
  }

  /**
   * Sends the runner its orders, with which it begins.
   *
   * @param variables added to the runner's environment
   * @throws the system's error if the runner could not be started
   */
  async order(variables: Readonly<Record<string, string>>): Promise<void> {
    await this.#spawned
    if (!this.#isDetached) this.#child.ref()
    // A runner that has ended does not read them. Its exit code shows that.
    await new Promise<void>(resolve => this.#orders.end(writtenOrders(variables), () => resolve()))
    // An open pipe would keep this process alive until the runner ends.
    this.#orders.destroy()
  }

  /** Lets the runner end: it does so when no orders come. */
  dismiss(): void {
    this.#orders.destroy()
  }

  get #orders(): Writable {
    const orders = this.#child.stdio[ORDERS_FD]
    if (!(orders instanceof Writable)) throw new Error('a runner has no pipe for its orders')
    return orders
  }

  signal(name: 'SIGINT' | 'SIGTERM'): void {
    this.#child.kill(name)
  }

  kill(): void {
    const { pid, exitCode, signalCode } = this.#child
    // After the runner has ended, another process may have its number.
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL')
  }
}

/** Must be called right after `spawn`: a child may end at any time. */
function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise(resolve => {
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}
