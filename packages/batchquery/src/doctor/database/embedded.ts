import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { BatchQueryError } from '../../errors/index.ts'
import type { Finding } from '../check.ts'
import { nearestFolder } from '../nearest-folder.ts'
import type { DatabasePlace } from '../place.ts'
import { ask, withSession } from './with-session.ts'

export const IN_MEMORY = 'duckdb::memory:'

/** A place whose embedded database may be opened without a trace: one whose file is not there yet stays so. */
export async function openable(place: DatabasePlace): Promise<DatabasePlace> {
  if (place.url.dialect !== 'duckdb' || (await isThere(place))) return place
  return { ...place, settings: { ...place.settings, database: IN_MEMORY } }
}

/** @throws DATABASE_LOCKED, PERMISSION, CONFIG */
export async function openEmbedded(place: DatabasePlace, signal: AbortSignal): Promise<Finding> {
  const isNew = !(await isThere(place))
  if (isNew) await mayMake(pathOf(place))
  return withSession(await openable(place), signal, async session => {
    const [[answer] = []] = await ask(session, 'SELECT 6 * 7')
    if (answer !== '42')
      throw new BatchQueryError('QUERY_FAILED', `DuckDB says that 6 * 7 is ${answer}`, {
        hint: 'Install batchquery anew: its native module does not fit this machine.',
      })
    const file = isNew ? ', and the first run makes its file' : ''
    return { figure: `duckdb ${session.server.version}${file}` }
  })
}

const pathOf = ({ url, folder }: DatabasePlace): string => resolve(folder, url.name)

async function isThere(place: DatabasePlace): Promise<boolean> {
  if (place.url.name === ':memory:') return true
  return stat(pathOf(place)).then(
    () => true,
    () => false,
  )
}

async function mayMake(path: string): Promise<void> {
  const folder = await nearestFolder(dirname(path))
  await access(folder, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw new BatchQueryError('PERMISSION', `${path} cannot be made: ${folder} may not be written to`, {
      cause,
      hint: 'Give the user of this process the right to write there, or name another file: -d duckdb:PATH.',
    })
  })
}
