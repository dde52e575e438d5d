import { readFile, rm } from 'node:fs/promises'
import type { Server } from 'node:net'
import { join } from 'node:path'
import { CODE_CACHE } from '../setup/code-cache.ts'
import { runSecrets } from '../setup/secrets/run-secrets.ts'
import type { Scene } from './checker.ts'
import { type Link, type Network, openNetwork } from './network.ts'
import { DirectoryPlace, type Place, S3Place } from './places.ts'
import {
  runCommand,
  type Said,
  type Started,
  type StartOptions,
  startCommandLine,
  startRunner,
} from './processes.ts'
import type { RunnerOptions } from './runner.ts'
import { earlierResult, type Shape, taskOf } from './shapes.ts'
import type { Dialect } from './subject.ts'
import type { World } from './world.ts'

const TASK = 'script/task.sql'

export interface StageOptions {
  readonly dialect: Dialect
  /** Null if the store is a directory. */
  readonly link: Link | null
  readonly shape: Shape
  /** The timeout of the task. @default - none */
  readonly timeoutSeconds?: number | null
  /** The runner's network. @default - the loopback interface */
  readonly route?: Route
}

/** A network for the runner, and its way to the database. */
export interface Route {
  /** A server at an address that the runner reaches, for the proxy. */
  readonly listen: () => Promise<Server>
  readonly host: string
  /** A command that starts the runner in this network. */
  readonly under: readonly string[]
}

/** The store, network, login and task of one trial: all that it needs to start the product and to check the outcome. */
export class Stage {
  readonly scene: Scene
  readonly network: Network
  readonly #folder: string
  readonly #start: StartOptions

  private constructor(scene: Scene, network: Network, folder: string, start: StartOptions) {
    this.scene = scene
    this.network = network
    this.#folder = folder
    this.#start = start
  }

  /** @param name part of the run's id @param slot selects the user; a slot has one trial at a time */
  static async set(world: World, name: string, slot: number, options: StageOptions): Promise<Stage> {
    const { dialect, link, shape, timeoutSeconds = null, route } = options
    const subject = world.subjects[dialect]
    const folder = await world.trialFolder(name)
    const place = link === null ? new DirectoryPlace(join(folder, 'store')) : await S3Place.create(world.s3)
    const network = await openNetwork(world, subject, link, await route?.listen())
    const user = world.userOf(slot)
    const temporary = join(folder, 'tmp')
    const oracle = await world.expected(dialect, shape.rows)
    const earlier = shape.overwrite ? earlierResult(place.bucket, shape) : new Map<string, Buffer>()
    await Promise.all([...earlier].map(([key, bytes]) => place.put(key, bytes)))
    await place.put(TASK, Buffer.from(taskOf(shape, subject, place.bucket, timeoutSeconds)))
    const at = { host: route?.host ?? 'localhost', port: network.database?.port ?? 0 }
    const { url, environment } = await subject.connect(user, folder, at)
    const runId = world.runIdOf(name)
    const scene = { runId, place, subject, user, shape, earlier, oracle, temporary }
    const own = { ...environment, ...network.environment, TMPDIR: temporary, HOME: folder }
    return new Stage(scene, network, folder, {
      folder,
      logFile: join(folder, 'log'),
      under: route?.under ?? [],
      runner: world.runner,
      environment: { PATH: process.env.PATH, ...CODE_CACHE, ...own, ...settings(runId, url, place) },
    })
  }

  /** Starts the runner as an engine does. @param options other than the usual ones */
  run(options: Partial<RunnerOptions> = {}): Started {
    return startRunner(['run', this.scene.place.bucket, TASK], options, this.#start)
  }

  reap(options: Partial<RunnerOptions> = {}): Started {
    return startRunner(['reap', this.scene.place.bucket, TASK], options, this.#start)
  }

  /** Starts `batchquery run`. */
  commandLine(): Started {
    const { runId, place } = this.scene
    const args = ['run', `s3://${place.bucket}/${TASK}`, '--run-id', runId, '--no-progress']
    return startCommandLine(args, { ...this.#start, environment: this.#usersEnvironment })
  }

  /** Runs another command to its end. @param changed variables of its environment */
  command(args: readonly string[], changed: NodeJS.ProcessEnv = {}): Promise<Said> {
    return runCommand(args, { ...this.#start, environment: { ...this.#usersEnvironment, ...changed } })
  }

  /** Without the id of the run: only the runner of the command line has it in its environment. */
  get #usersEnvironment(): NodeJS.ProcessEnv {
    const { BATCHQUERY_RUN_ID: _, ...environment } = this.#start.environment
    return environment
  }

  /** The output of the processes so far. */
  log(): Promise<string> {
    return readFile(this.#start.logFile, 'utf8').catch(() => '')
  }

  async strike(): Promise<void> {
    await this.network.stop()
    await this.#lookForSecrets()
    await this.scene.place.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #lookForSecrets(): Promise<void> {
    const { place } = this.scene
    const watch = runSecrets()
    watch?.look('the output of a trial', await this.log())
    for (const key of await place.keys('runs/')) watch?.look(key, (await place.read(key)) ?? '')
  }
}

const settings = (runId: string, url: string, { bucket, setting }: Place): Record<string, string> => ({
  BATCHQUERY_RUN_ID: runId,
  BATCHQUERY_BUCKET: bucket,
  BATCHQUERY_STORE: setting,
  BATCHQUERY_DATABASE: url,
})
