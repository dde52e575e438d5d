import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import * as v from 'valibot'

export const PACKAGE = join(import.meta.dirname, '../..')
export const GOLDEN = join(import.meta.dirname, 'golden')
export const PACKED_PROGRAM = join(GOLDEN, 'program.json.br')

/** The contents of a program's files by their paths. */
export const packedFiles = v.record(v.string(), v.string())

/** The last program that wrote version 1, unpacked. Its sources are not in this repository any more. It uses the installed dependencies. */
export interface OldProgram {
  readonly folder: string
  /** Its bin/batchquery.js. */
  readonly commandLine: string
  /** Its bin/batchquery-task.js. */
  readonly task: string
  /** The runner of the campaigns (test/campaign/runner.ts), which dies at a chosen operation of its store. */
  readonly runner: string
  /** Makes the runs that the runner of the campaigns cannot: half published, with many parts, with a native export. */
  readonly driver: string
  remove(): Promise<void>
}

/** Inside the package, so that the program finds the dependencies. Ignored by git. */
export async function unpackOldProgram(): Promise<OldProgram> {
  const cache = join(PACKAGE, '.cache')
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'version-1-'))
  const packed = brotliDecompressSync(await readFile(PACKED_PROGRAM)).toString()
  for (const [path, text] of Object.entries(v.parse(packedFiles, JSON.parse(packed)))) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return {
    folder,
    commandLine: join(folder, 'bin/batchquery.js'),
    task: join(folder, 'bin/batchquery-task.js'),
    runner: join(folder, 'dist/programs/runner.js'),
    driver: join(folder, 'dist/programs/driver.js'),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
