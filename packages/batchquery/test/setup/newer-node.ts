import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { nodeProgram } from '../../../../scripts/setup/nodes.mjs'

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url))

/** The newer Node that the setup installed, or this one if it is new enough itself. */
export async function newerNode(): Promise<string> {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  const program = nodeProgram(ROOT, 24)
  if (existsSync(program)) return program
  throw new Error('there is no newer Node: run `node scripts/setup.mjs --test`, or the tests with Node 24')
}
