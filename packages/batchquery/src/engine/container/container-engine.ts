import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { type ContainerSettings, moveSettings } from '../../config/index.ts'
import { BatchQueryError } from '../../errors/index.ts'
import { EPHEMERAL } from '../../platform/index.ts'
import { explainNoRoom, type RunRecord } from '../../run/index.ts'
import { storeFolder } from '../../store/index.ts'
import { type Engine, runnerVariables, type StartedRunner, type StartOptions } from '../engine.ts'
import { ContainerRunner } from './container-runner.ts'
import { findProgram } from './program.ts'
import { type Ids, runArguments } from './run-arguments.ts'
import { surroundingsOf } from './surroundings.ts'

export interface ContainerEngineOptions {
  readonly settings: ContainerSettings
  /** The environment of docker or podman. The container gets a part of it. */
  readonly environment: NodeJS.ProcessEnv
  /** Relative paths of the settings start here. */
  readonly folder: string
}

/** Runs the runner in a container on this machine, and passes its output on, unless it is detached. */
export class ContainerEngine implements Engine {
  readonly name = 'container'
  readonly isRemote = false
  readonly #options: ContainerEngineOptions

  constructor(options: ContainerEngineOptions) {
    this.#options = options
  }

  async start(run: RunRecord, options: StartOptions): Promise<StartedRunner> {
    const { settings, environment, folder } = this.#options
    const program = await findProgram(settings.program, environment)
    const moved = moveSettings(options.environment, folder)
    // Otherwise docker creates the folder, and root owns it.
    const store = storeFolder(moved.settings.store)
    if (store !== null) await mkdir(store, { recursive: true })
    const surroundings = surroundingsOf(moved, environment)
    const variables = {
      ...surroundings.variables,
      ...options.environment,
      ...moved.environment,
      ...runnerVariables(run.id, options),
      ...EPHEMERAL,
    }
    const name = `batchquery-${randomBytes(6).toString('hex')}`
    const parts = { program, settings, name, surroundings, variables: Object.keys(variables), ids: ids() }
    const env = { ...environment, ...variables }
    try {
      const child = spawn(program, runArguments(run, parts), {
        // A session of its own: Ctrl-C, and the end of the terminal, reach only this process, which passes the signal on once.
        detached: true,
        env,
        stdio: options.detached ? 'ignore' : ['ignore', 'pipe', 'pipe'],
      })
      const runner = new ContainerRunner(child, { program, name, settings, stdout: options.stdout })
      await once(child, 'spawn')
      if (options.detached) child.unref()
      return runner
    } catch (cause) {
      throw (
        explainNoRoom(cause, program, { variables: env, args: run.args }) ??
        cannotStart(program, run.id, cause)
      )
    }
  }
}

const cannotStart = (program: string, id: string, cause: unknown): BatchQueryError =>
  new BatchQueryError('NO_CAPACITY', `cannot start ${program} for run ${id}`, {
    cause,
    hint: `Check whether the machine has run out of memory or processes. Then start a new run: \`batchquery rerun ${id}\`.`,
  })

function ids(): Ids | null {
  const user = process.getuid?.()
  const group = process.getgid?.()
  return user === undefined || group === undefined ? null : { user, group }
}
