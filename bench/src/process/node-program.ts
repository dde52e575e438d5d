import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { newerNode } from '../../../packages/batchquery/test/setup/newer-node.ts'
import type { Options } from '../options.ts'

const run = promisify(execFile)

/** A Node to run programs under. */
export interface NodeProgram {
  readonly path: string
  /** Without the v. */
  readonly version: string
  /** Whether its zlib has ZSTD (22.15 and newer). */
  readonly hasZstd: boolean
}

/** The Nodes that batchquery is measured under, the main one first. */
export interface Nodes {
  readonly measured: readonly [NodeProgram, ...NodeProgram[]]
  /** The one for measurements with ZSTD: one of the measured Nodes, if one of them has it. */
  readonly zstd: NodeProgram
}

/**
 * @param only the one to measure under. If null: the Node of this process and, except with --smoke, the
 *   newer one of the setup.
 */
export async function findNodes({ node: only, smoke }: Pick<Options, 'node' | 'smoke'>): Promise<Nodes> {
  const main = await lookAt(only ?? process.execPath)
  const newer = await lookAt(await newerNode())
  const second = only === null && !smoke && newer.version !== main.version ? [newer] : []
  return { measured: [main, ...second], zstd: main.hasZstd ? main : newer }
}

async function lookAt(path: string): Promise<NodeProgram> {
  const script =
    "process.stdout.write(process.versions.node + ' ' + ('zstdCompress' in require('node:zlib')))"
  const { stdout } = await run(path, ['-e', script])
  const [version = '', zstd] = stdout.split(' ')
  return { path, version, hasZstd: zstd === 'true' }
}
