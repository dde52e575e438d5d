import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { existingDatabase } from '../../config/index.ts'
import { askSession } from '../../database/ask-session.ts'
import type { EmbeddedDialect } from '../../database/dialect.ts'
import { databaseDialect } from '../../database/dialects.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Finding } from '../check.ts'
import { nearestFolder } from '../nearest-folder.ts'
import type { DatabasePlace } from '../place.ts'
import { withSession } from './with-session.ts'

/** A place whose embedded database `doctor` may open without making a file. */
export const openable = (place: DatabasePlace): DatabasePlace => ({
  ...place,
  settings: { ...place.settings, database: existingDatabase(place.settings.database, place.folder) },
})

/** @throws DATABASE_LOCKED, PERMISSION, CONFIG */
export async function openEmbedded(place: DatabasePlace, signal: AbortSignal): Promise<Finding> {
  const dialect = embeddedDialect(place)
  if (dialect === null) return { skipped: 'the database is a server' }
  const isNew = !(await exists(place, dialect))
  if (isNew) await mayMake(pathOf(place))
  return withSession(openable(place), signal, async session => {
    const [[answer] = []] = await askSession(session, 'SELECT 6 * 7')
    if (answer !== '42')
      throw new BatchQueryError('QUERY_FAILED', `${dialect.product} computed 6 * 7 as ${answer}`, {
        hint: 'Install batchquery again. Its native module does not fit this machine.',
      })
    const file = isNew ? '; the first run creates its file' : ''
    return { figure: `${session.server.kind} ${session.server.version}${file}` }
  })
}

function embeddedDialect({ url }: DatabasePlace): EmbeddedDialect | null {
  const dialect = databaseDialect(url.dialect)
  return dialect.kind === 'embedded' ? dialect : null
}

const pathOf = ({ url, folder }: DatabasePlace): string => resolve(folder, url.name)

async function exists(place: DatabasePlace, { inMemory }: EmbeddedDialect): Promise<boolean> {
  if (place.url.name === inMemory) return true
  return stat(pathOf(place)).then(
    () => true,
    () => false,
  )
}

async function mayMake(path: string): Promise<void> {
  const folder = await nearestFolder(dirname(path))
  await access(folder, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw new BatchQueryError('PERMISSION', `cannot create ${path}: ${folder} is not writable`, {
      cause,
      hint: 'Make the folder writable for the user of this process, or name another file: -d duckdb:PATH.',
    })
  })
}
