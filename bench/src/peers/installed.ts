import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'

const FILE = fileURLToPath(new URL('../../../.cache/witnesses/peers.json', import.meta.url))

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
