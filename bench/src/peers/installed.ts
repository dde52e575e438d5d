import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { BenchError } from '../bench-error.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const FILE = join(ROOT, '.cache/witnesses/peers.json')

const placeSchema = v.union([v.object({ folder: v.string() }), v.object({ leftOut: v.string() })])
/** Written by scripts/setup/peers.mjs. */
const installedSchema = v.object({
  peers: placeSchema,
  rivet: placeSchema,
  sling: placeSchema,
  odbc2parquet: placeSchema,
  mysql: placeSchema,
})

/** The folder of a program that the setup has installed, or why it could not. */
export type Place = v.InferOutput<typeof placeSchema>
export type Installed = v.InferOutput<typeof installedSchema>

export const readInstalled = async (): Promise<Installed> =>
  v.parse(installedSchema, JSON.parse(await readFile(FILE, 'utf8')))

/** Installs or builds the programs that are missing. This may take minutes, so its lines are shown. */
export async function installPeers(): Promise<void> {
  const setup = spawn(process.execPath, ['scripts/setup.mjs', '--peers'], {
    cwd: ROOT,
    stdio: ['ignore', process.stderr, process.stderr],
  })
  const [code] = await once(setup, 'exit')
  if (code !== 0) throw new BenchError('the setup failed: its message is above')
}
