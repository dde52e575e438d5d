import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** Node's record of the scripts of a process if NODE_V8_COVERAGE is set. */
interface Coverage {
  readonly result: readonly { readonly url: string }[]
}

/** The sources that a process loaded. */
export interface LoadedSources {
  /** The file that it was started with, such as `batchquery.js`. */
  readonly program: string
  /** The packages of which it loaded something, sorted. */
  readonly packages: readonly string[]
}

/** Reports what processes load: those that get its environment, and their children. */
export class LoadingObserver {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async create(): Promise<LoadingObserver> {
    const folder = await mkdtemp(join(tmpdir(), 'batchquery-loaded-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    return new LoadingObserver(folder)
  }

  get environment(): NodeJS.ProcessEnv {
    return { NODE_V8_COVERAGE: this.#folder }
  }

  /** The processes that have ended, by the name of their program. */
  async loaded(): Promise<LoadedSources[]> {
    const files = await readdir(this.#folder)
    const processes = files.map(async name => {
      const { result }: Coverage = JSON.parse(await readFile(join(this.#folder, name), 'utf8'))
      const paths = result.flatMap(({ url }) => (url.startsWith('file:') ? fileURLToPath(url) : []))
      const sources = (await Promise.all(paths.map(sourcesOf))).flat()
      const packages = sources.flatMap(
        source => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? [],
      )
      const program = paths.map(path => basename(path)).find(name => /^batchquery(-task)?\.js$/.test(name))
      return { program: program ?? '', packages: [...new Set(packages)].sort() }
    })
    return (await Promise.all(processes)).sort((a, b) => a.program.localeCompare(b.program))
  }
}

/** The sources that are bundled in a script, or the script itself. */
async function sourcesOf(script: string): Promise<readonly string[]> {
  const map = await readFile(`${script}.map`, 'utf8').catch(() => null)
  if (map === null) return [script]
  const { sources }: { sources: readonly string[] } = JSON.parse(map)
  return sources
}
