import {
  CONFIG_FILE,
  type ConfigFile,
  configuredSecrets,
  readSettings,
  type Settings,
  settingsEnvironment,
} from '../config/index.ts'
import { BatchQueryError } from '../errors/index.ts'
import type { Log } from '../platform/index.ts'
import type { Store } from '../store/index.ts'
import type { RunnerSettings } from './runner-settings.ts'

/** The environment, folder and log of the runner. */
interface Process {
  readonly environment: NodeJS.ProcessEnv
  readonly folder: string
  readonly log: Log
}

/**
 * The databases that the runner knows: those of its environment and, if the environment does not choose one, those of the batchquery.yaml
 * at the root of the home bucket, with lower precedence. The runner ignores the rest of that file: its store and engine are given.
 */
export class HomeSettings {
  readonly #settings: RunnerSettings
  readonly #store: Store
  readonly #process: Process
  #read: Promise<Settings> | null = null

  constructor(settings: RunnerSettings, store: Store, process: Process) {
    this.#settings = settings
    this.#store = store
    this.#process = process
  }

  /**
   * Reads the file if it is needed, once. After a failure, the next call reads it again.
   *
   * @throws CONFIG with the key; the store's errors
   */
  read(): Promise<Settings> {
    this.#read ??= this.#complete().catch(thrown => {
      // Another attempt of this process reads it again.
      this.#read = null
      throw thrown
    })
    return this.#read
  }

  /** The environment of the runner with all the databases that it knows. @throws as `read` */
  async environment(): Promise<NodeJS.ProcessEnv> {
    const { environment } = this.#process
    if (!this.#settings.isDatabaseOpen) return environment
    const { BATCHQUERY_DATABASES } = settingsEnvironment(await this.read())
    return { ...environment, BATCHQUERY_DATABASES }
  }

  async #complete(): Promise<Settings> {
    const { configured, isDatabaseOpen } = this.#settings
    if (!isDatabaseOpen) return configured
    const { environment, folder, log } = this.#process
    const settings = readSettings({}, environment, folder, await this.#file())
    for (const secret of configuredSecrets(settings, environment)) log.addSecret(secret)
    return { ...settings, store: configured.store }
  }

  /** Null if the file does not exist, or if the runner may not read it: a task may not need it. */
  async #file(): Promise<ConfigFile | null> {
    const address = { bucket: this.#settings.homeBucket, key: CONFIG_FILE }
    const { folder, log } = this.#process
    const found = await this.#store.read(address).catch(thrown => {
      const error = BatchQueryError.from(thrown)
      if (error.code !== 'PERMISSION') throw error
      log.warn(`${error.message}; this runner does not know the databases in it`)
      return null
    })
    if (found === null) return null
    const uri = this.#store.uriOf(address)
    const { parseConfigFile } = await import('../config/parse-config-file.ts')
    const hint = `Correct the line, and upload the file to ${uri} again.`
    const file = parseConfigFile(Buffer.from(found.bytes).toString(), uri, { folder, isTolerant: true, hint })
    const ours = {
      store: undefined,
      bucket: undefined,
      engine: undefined,
      container: undefined,
      fargate: undefined,
    }
    return { ...file, ...ours }
  }
}
