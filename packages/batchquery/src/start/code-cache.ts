import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { isEphemeral } from '../platform/ephemeral.ts'

/** What V8 compiled of each script, by the script's file name. */
export type Code = ReadonlyMap<string, Buffer>

const OTHERS_MAY_WRITE = 0o022

/** What a cache has to know of its process. */
type Surroundings = Pick<NodeJS.Process, 'env' | 'version' | 'arch' | 'geteuid'>

/** The file in which the compiled code of a program is kept from one process to the next. */
export class CodeCache {
  readonly #folder: string
  /** The beginning of the file's name, the same in every version of the program. */
  readonly #purpose: string
  readonly #name: string
  readonly #user: number | undefined

  private constructor(folder: string, purpose: string, content: string, user: number | undefined) {
    this.#folder = folder
    this.#purpose = `${purpose}-`
    this.#name = `${purpose}-${content}.code`
    this.#user = user
  }

  /**
   * In `NODE_COMPILE_CACHE`, or in `batchquery` of the user's own cache folder.
   *
   * @param program as `batchquery-HASH.js`, the hash being that of all its code
   * @param command what the program is asked for, as each command needs other functions
   * @returns null if the user has no such folder or wants none (`NODE_DISABLE_COMPILE_CACHE`), or if it would go with this process
   */
  static of(program: string, command = '', process: Surroundings = globalThis.process): CodeCache | null {
    const { env, version, arch } = process
    if (isEphemeral(env)) return null
    const { NODE_DISABLE_COMPILE_CACHE, NODE_COMPILE_CACHE, XDG_CACHE_HOME, HOME } = env
    if (NODE_DISABLE_COMPILE_CACHE) return null
    const home = XDG_CACHE_HOME || (HOME ? join(HOME, '.cache') : '')
    const folder = NODE_COMPILE_CACHE || (home && join(home, 'batchquery'))
    if (!folder) return null
    const [, name = '', hash = ''] = /^(.*)-(\w+)\.js$/.exec(program) ?? []
    const purpose = /^[a-z]{2,12}$/.test(command) ? command : 'other'
    return new CodeCache(folder, `${name}-${purpose}-${version}-${arch}`, hash, process.geteuid?.())
  }

  /**
   * The code that an earlier process kept. Empty if there is no file, or if another user may have written it: V8 runs the code without
   * comparing it with the source.
   */
  read(): Code {
    try {
      const file = openSync(join(this.#folder, this.#name), 'r')
      try {
        const { uid, mode } = fstatSync(file)
        const isOurs = uid === this.#user && (mode & OTHERS_MAY_WRITE) === 0
        return isOurs ? parseCode(readFileSync(file)) : new Map()
      } finally {
        closeSync(file)
      }
    } catch {
      return new Map()
    }
  }

  /** Replaces the file as a whole, and removes those of other versions of the program. A failure only makes the next start slower. */
  write(code: Code): void {
    const draft = join(this.#folder, `${this.#name}.${process.pid}`)
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
      writeSynced(draft, formatCode(code))
      renameSync(draft, join(this.#folder, this.#name))
      for (const name of readdirSync(this.#folder))
        if (name.startsWith(this.#purpose) && name !== this.#name) removeFile(join(this.#folder, name))
    } catch {
      removeFile(draft)
    }
  }
}

/** Before the file has its name it has its bytes, whatever happens to the machine: V8 does not check all of them. */
function writeSynced(path: string, bytes: Buffer): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    writeFileSync(file, bytes)
    fdatasyncSync(file)
  } finally {
    closeSync(file)
  }
}

function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It is gone, or cannot be removed.
  }
}

/**
 * One line of JSON, `[["SCRIPT", BYTES], ...]`, then the code of these scripts, without gaps. (`node:v8` would read it too, and takes 3 ms
 * to load.)
 */
function formatCode(code: Code): Buffer {
  const lengths = Array.from(code, ([name, { length }]) => [name, length])
  return Buffer.concat([Buffer.from(`${JSON.stringify(lengths)}\n`), ...code.values()])
}

/** @throws for a file of another form */
function parseCode(bytes: Buffer): Code {
  let end = bytes.indexOf('\n') + 1
  const lengths: readonly (readonly [string, number])[] = JSON.parse(bytes.toString('utf8', 0, end))
  return new Map(
    lengths.map(([name, length]) => {
      end += length
      return [name, bytes.subarray(end - length, end)]
    }),
  )
}
