import { isAscii } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, Script } from 'node:vm'
import type { Code, CodeCache } from './code-cache.ts'

type Load = (name: string) => unknown

interface Module {
  exports: unknown
}

/** A CommonJS module in Node's wrapper. */
type Wrapped = (exports: unknown, require: Load, module: Module, filename: string, dirname: string) => void

/** USAGE: the program found no command in its arguments, so no other start needs what this one compiled. */
const USAGE_EXIT_CODE = 2

/**
 * Runs the scripts of one folder, CommonJS modules that load each other by `./NAME`, with the code that V8 compiled
 * when they ran before. V8 itself refuses code of another version or for other flags; then it compiles the script
 * again. A process that compiled a script saves the code of all scripts when it ends.
 */
export class CompiledScripts {
  readonly #folder: string
  readonly #cache: CodeCache
  readonly #require: Load
  readonly #known: Code
  readonly #scripts = new Map<string, Script>()
  readonly #modules = new Map<string, Module>()
  #isComplete = true

  /** @param require loads everything that is not in the folder */
  constructor(folder: string, cache: CodeCache, require: Load) {
    this.#folder = folder
    this.#cache = cache
    this.#require = require
    this.#known = cache.read()
  }

  run(name: string): void {
    process.once('exit', code => {
      if (!this.#isComplete && code !== USAGE_EXIT_CODE) this.#keep()
    })
    this.#load(name)
  }

  #load(name: string): unknown {
    const loaded = this.#modules.get(name)
    if (loaded !== undefined) return loaded.exports
    const module: Module = { exports: {} }
    this.#modules.set(name, module)
    const path = join(this.#folder, name)
    const load: Load = wanted =>
      wanted.startsWith('./') ? this.#load(wanted.slice(2)) : this.#require(wanted)
    this.#compile(name, path)(module.exports, load, module, path, this.#folder)
    return module.exports
  }

  #compile(name: string, path: string): Wrapped {
    const cachedData = this.#known.get(name)
    const bytes = readFileSync(path)
    // An ASCII-only text takes half the memory and less time to read. Nearly all scripts are ASCII.
    const text = bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8')
    const script = new Script(`(function (exports, require, module, __filename, __dirname) {${text}\n})`, {
      filename: path,
      ...(cachedData && { cachedData }),
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    })
    this.#scripts.set(name, script)
    if (cachedData === undefined || script.cachedDataRejected) this.#isComplete = false
    return script.runInThisContext()
  }

  #keep(): void {
    const code = new Map(this.#known)
    for (const [name, script] of this.#scripts) code.set(name, script.createCachedData())
    this.#cache.write(code)
  }
}
