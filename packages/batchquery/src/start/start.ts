import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setLeanMemoryFlags } from '../platform/lean-memory.ts'
import { CodeCache } from './code-cache.ts'
import { CompiledScripts } from './compiled-scripts.ts'

/** The file of each program, whose name ends with the hash of all its code. The build defines it. */
declare const PROGRAMS: Readonly<Record<string, string>>

interface StartOptions {
  /** The command, if the program has several: each uses other code. @default - one cache for all */
  readonly command?: string
  /** Makes stack traces point to the sources, which takes time. */
  readonly verbose: boolean
  /** For a program that uses `useLeanMemory`. V8 refuses code that it compiled under other flags. */
  readonly leanMemory?: boolean
}

/** Runs a program of this folder. */
export function start(program: string, { command, verbose, leanMemory = false }: StartOptions): void {
  const file = PROGRAMS[program]
  if (file === undefined) throw new Error(`the program ${program} does not exist`)
  if (leanMemory) setLeanMemoryFlags()
  const require = createRequire(join(__dirname, file))
  // Node reads the source maps of the modules that it loads itself.
  if (verbose) process.setSourceMapsEnabled(true)
  const cache = verbose ? null : CodeCache.of(file, command)
  if (cache === null) require(`./${file}`)
  else new CompiledScripts(__dirname, cache, require).run(file)
}
