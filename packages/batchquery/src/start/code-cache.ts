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
import { threadId } from 'node:worker_threads'
import { isEphemeral } from '../platform/ephemeral.ts'

/** The code that V8 compiled from each script, by the script's file name. */
export type Code = ReadonlyMap<string, Buffer>

const OTHERS_MAY_WRITE = 0o022

/** The facts about its process that a cache needs. */
type Surroundings = Pick<NodeJS.Process, 'env' | 'version' | 'arch' | 'geteuid'>

/** A file that keeps the compiled code of a program from one process to the next. */
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
   * @param program as `batchquery-HASH.js`; the hash covers all its code
   * @param command the command that runs, as each command needs other functions
   * @returns null if the user has no such folder, turned the cache off (`NODE_DISABLE_COMPILE_CACHE`), or if the
   *   folder would disappear with this process
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
    const draft = join(this.#folder, `${this.#name}.${process.pid}-${threadId}`)
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

/** Syncs the bytes before it renames the file, in case the machine crashes: V8 does not check all bytes. */
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
 * One line of JSON, `[["SCRIPT", BYTES], ...]`, then the code of these scripts, without gaps. (`node:v8` could parse
 * it too, but takes
 */
function formatCode(code: Code): Buffer {
  const lengths = Array.from(code, ([name, { length }]) => [name, length])
  return Buffer.concat([Buffer.from(`${JSON.stringify(lengths)}\n`), ...code.values()])
}

/** @throws for a file in another format */
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
