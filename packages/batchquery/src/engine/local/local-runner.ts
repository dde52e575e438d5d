import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { Writable } from 'node:stream'
import { AWAITS_ORDERS, ORDERS_FD, writtenOrders } from '../../run/index.ts'
import type { Launched } from '../engine.ts'

const STDOUT = 1
const STDERR = 2

/** What a runner is started with. */
export interface RunnerStart {
  /** Its script, then its own arguments. */
  readonly args: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  readonly folder: string
  readonly stdout: 'stdout' | 'stderr'
  /** Nothing of it shows in this process, and it does not keep this process from ending. */
  readonly detached: boolean
}

/** A runner, and with it the process group that it leads. It touches nothing before its orders come. */
export class LocalRunner implements Launched {
  readonly exitCode: Promise<number>
  readonly #child: ChildProcess
  readonly #spawned: Promise<unknown>
  readonly #isDetached: boolean

  constructor({ args, environment, folder, stdout, detached }: RunnerStart) {
    this.#child = spawn(process.execPath, args, {
      cwd: folder,
      // A session of its own: Ctrl-C in a terminal, and its end, reach us alone, and we pass it on once.
      detached: true,
      env: { ...environment, ...AWAITS_ORDERS },
      stdio: detached
        ? ['ignore', 'ignore', 'ignore', 'pipe']
        : ['ignore', stdout === 'stdout' ? STDOUT : STDERR, STDERR, 'pipe'],
    })
    this.#isDetached = detached
    this.exitCode = exitCodeOf(this.#child)
    this.#spawned = once(this.#child, 'spawn')
    // `order` sees the rejection.
    this.#spawned.catch(() => {})
    this.#orders.on('error', () => {})
    // Before the orders this process may end without it.
    this.#child.unref()
  }

  /**
   * Lets it begin.
   *
   * @param variables what its environment gets besides
   * @throws what the system says where it could not be started
   */
  async order(variables: Readonly<Record<string, string>>): Promise<void> {
    await this.#spawned
    if (!this.#isDetached) this.#child.ref()
    // A runner that has ended meanwhile does not read them: its exit code tells.
    await new Promise<void>(resolve => this.#orders.end(writtenOrders(variables), () => resolve()))
    // It would keep this process from ending before the runner.
    this.#orders.destroy()
  }

  /** Without orders it ends by itself. */
  dismiss(): void {
    this.#orders.destroy()
  }

  get #orders(): Writable {
    const orders = this.#child.stdio[ORDERS_FD]
    if (!(orders instanceof Writable)) throw new Error('a runner has no way for its orders')
    return orders
  }

  signal(name: 'SIGINT' | 'SIGTERM'): void {
    this.#child.kill(name)
  }

  kill(): void {
    const { pid, exitCode, signalCode } = this.#child
    // The number may be another process's once the runner was waited for.
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL')
  }
}

/** Listens from the start on, as a child may end at any time. */
function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise(resolve => {
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}
