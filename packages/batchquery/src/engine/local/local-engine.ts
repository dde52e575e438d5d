import { fileURLToPath } from 'node:url'
import { BatchQueryError } from '../../errors/index.ts'
import { LEAN_MEMORY_FLAGS, packageFile } from '../../platform/index.ts'
import { explainNoRoom, type RunRecord } from '../../run/index.ts'
import {
  type AwaitedRun,
  type Engine,
  runnerVariables,
  type StartedRunner,
  type StartOptions,
  type WaitingRunner,
} from '../engine.ts'
import { LocalRunner } from './local-runner.ts'

const RUNNER = fileURLToPath(packageFile('bin/batchquery-task.js'))

/** Runs the runner as a child process on this machine. It writes to our stderr, unless it is detached. */
export class LocalEngine implements Engine {
  readonly name = 'local'
  readonly isRemote = false
  readonly #environment: NodeJS.ProcessEnv
  readonly #folder: string
  readonly #runner: string
  #ahead: { readonly id: string; readonly runner: LocalRunner } | null = null

  /**
   * @param environment the runner inherits it
   * @param folder relative paths of the task start here
   * @param runner the runner's script @default - the one of this package
   */
  constructor(environment: NodeJS.ProcessEnv, folder: string, runner = RUNNER) {
    this.#environment = environment
    this.#folder = folder
    this.#runner = runner
  }

  startAhead(run: AwaitedRun, options: Omit<StartOptions, 'signal'>): WaitingRunner {
    let runner: LocalRunner
    try {
      runner = this.#spawn(run, options)
    } catch {
      // `start` fails in the same way, and reports it.
      return { dismiss: () => {} }
    }
    this.#ahead = { id: run.id, runner }
    return {
      dismiss: () => {
        if (this.#ahead?.runner !== runner) return
        this.#ahead = null
        runner.dismiss()
      },
    }
  }

  async start(run: RunRecord, options: StartOptions): Promise<StartedRunner> {
    try {
      const runner = this.#taken(run.id) ?? this.#spawn(run, { ...options, environment: {} })
      await runner.order({ ...options.environment, ...runnerVariables(run.id, options) })
      return runner
    } catch (cause) {
      const noRoom = explainNoRoom(cause, 'the runner', { variables: this.#environment, args: run.args })
      if (noRoom !== null) throw noRoom
      throw new BatchQueryError('NO_CAPACITY', `cannot start the runner of run ${run.id}`, {
        cause,
        hint: `Check whether the machine has run out of memory or processes. Then start a new run: \`batchquery rerun ${run.id}\`.`,
      })
    }
  }

  #taken(id: string): LocalRunner | null {
    const ahead = this.#ahead
    if (ahead?.id !== id) return null
    this.#ahead = null
    return ahead.runner
  }

  #spawn({ id, task, args }: AwaitedRun, options: Omit<StartOptions, 'signal'>): LocalRunner {
    return new LocalRunner({
      // After `--`, Node leaves an argument such as --env-file to the script.
      args: [...LEAN_MEMORY_FLAGS, '--', this.#runner, task.bucket, task.key, ...args],
      environment: { ...this.#environment, ...options.environment, ...runnerVariables(id, options) },
      folder: this.#folder,
      stdout: options.stdout,
      detached: options.detached,
    })
  }
}
