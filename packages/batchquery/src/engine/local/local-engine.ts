import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { BatchQueryError } from '../../errors/index.ts'
import { packageFile } from '../../platform/index.ts'
import { explainNoRoom, type RunRecord } from '../../run/index.ts'
import type { Engine, Launched, LaunchOptions } from '../engine.ts'
import { runnerVariables } from '../runner-variables.ts'

const RUNNER = fileURLToPath(packageFile('bin/batchquery-task.js'))

const STDOUT = 1
const STDERR = 2

/** Runs the runner as a child process on this machine. Its stderr is ours, unless it is detached. */
export class LocalEngine implements Engine {
  readonly name = 'local'
  readonly isRemote = false
  readonly #environment: NodeJS.ProcessEnv
  readonly #folder: string
  readonly #runner: string

  /**
   * @param environment what the runner inherits
   * @param folder what relative paths of the task start from
   * @param runner its script @default - that of this package
   */
  constructor(environment: NodeJS.ProcessEnv, folder: string, runner = RUNNER) {
    this.#environment = environment
    this.#folder = folder
    this.#runner = runner
  }

  async launch(run: RunRecord, options: LaunchOptions): Promise<Launched> {
    const args = [this.#runner, run.task.bucket, run.task.key, ...run.args]
    const variables = { ...this.#environment, ...options.environment, ...runnerVariables(run.id, options) }
    try {
      const child = this.#spawn(args, variables, options)
      const exitCode = exitCodeOf(child)
      await once(child, 'spawn')
      if (options.detached) child.unref()
      return new LocalRunner(child, exitCode)
    } catch (cause) {
      const noRoom = explainNoRoom(cause, 'the runner', { variables, args: run.args })
      if (noRoom !== null) throw noRoom
      throw new BatchQueryError('NO_CAPACITY', `the runner of run ${run.id} could not be started`, {
        cause,
        hint: `The machine may have no memory or no processes left. Look at it, then start a new run: \`batchquery rerun ${run.id}\`.`,
      })
    }
  }

  #spawn(args: readonly string[], env: NodeJS.ProcessEnv, options: LaunchOptions): ChildProcess {
    return spawn(process.execPath, args, {
      cwd: this.#folder,
      // A session of its own: Ctrl-C in a terminal, and its end, reach us alone, and we pass it on once.
      detached: true,
      env,
      stdio: options.detached ? 'ignore' : ['ignore', options.stdout === 'stdout' ? STDOUT : STDERR, STDERR],
    })
  }
}

/** A runner that was started, and with it the process group that it leads. */
class LocalRunner implements Launched {
  readonly exitCode: Promise<number>
  readonly #child: ChildProcess

  constructor(child: ChildProcess, exitCode: Promise<number>) {
    this.#child = child
    this.exitCode = exitCode
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
