import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { openDatabase } from '../../config/index.ts'
import type { Database, Session } from '../../database/database.ts'
import { databaseDialect } from '../../database/dialects.ts'
import type { DescribedTable, ListedTable, Tables } from '../../database/tables.ts'
import { BatchQueryError } from '../../errors/index.ts'
import { EXPORT_FORMATS } from '../../format/index.ts'
import { newRunId, quoted, redactUrl } from '../../platform/index.ts'
import { withSession } from '../../statements/session.ts'
import { locate } from '../../store/index.ts'
import { openHome } from '../../submit/home.ts'
import type { Context, Execute } from '../command.ts'
import {
  type GeneratedTask,
  generateTask,
  type TaskDatabase,
  type TaskWishes,
} from '../generate/generated-task.ts'
import { selectTables } from '../generate/select-tables.ts'
import { parseTablePattern } from '../generate/table-pattern.ts'
import { interruptible } from '../interruptible.ts'
import type { Options } from '../options.ts'

export const generate: Execute = async ({ options }, context) => {
  const { environment, folder, log } = context
  const patterns = patternsOf(options)
  const home = await openHome(options, context)
  const wishes = wishesOf(options)
  locate(`${wishes.to.replace(/\/+$/, '')}/schema/table`, { store: home.store, folder })
  const url = home.settings.database
  const database = await openDatabase(url, environment, folder)
  const words = await databaseDialect(database.dialect).tables()
  const tables: DescribedTable[] = []
  await interruptible(async signal => {
    const warn = (text: string): void => log.warn(text)
    const mark = `batchquery ${newRunId(new Date())}`
    await withSession(database, { mark, signal, waiting: warn, warn }, async session => {
      const all = await words.list(session)
      const currentSchema = await currentSchemaOf(session, words)
      const selected = selectTables(all, patterns, { currentSchema, withViews: options.views ?? false })
      for (const table of await describe(session, words, selected)) tables.push(table)
    })
  }, options.timeout)
  const task = generateTask(tables, taskDatabase(database, options.database ?? url), words.snapshot, wishes)
  for (const { table, reason } of task.skipped) log.warn(`${table} is not exported: ${reason}`)
  return write(task, database, options, context)
}

/** @throws USAGE */
function patternsOf({ tables = [] }: Options) {
  if (tables.length > 0) return tables.map(parseTablePattern)
  throw new BatchQueryError('USAGE', '--tables is missing: no table is named', {
    hint: "Write --tables 'SCHEMA.*' for all tables of a schema.",
  })
}

/** @throws USAGE */
function wishesOf({ to, format, overwrite, manifest }: Options): TaskWishes {
  if (to === undefined)
    throw new BatchQueryError('USAGE', '--to is missing: the exports have no destination', {
      hint: 'Write --to s3://BUCKET/PREFIX.',
    })
  return {
    to,
    format: EXPORT_FORMATS.find(({ option }) => option === format)?.name ?? 'PARQUET',
    overwrite: overwrite ? 'ON' : 'OFF',
    manifest: manifest ? 'ON' : 'OFF',
  }
}

async function currentSchemaOf(session: Session, { currentSchema }: Tables): Promise<string> {
  const { results } = await session.execute(currentSchema, 1)
  return results.at(-1)?.rows.at(0)?.at(0) ?? ''
}

async function describe(
  session: Session,
  words: Tables,
  tables: readonly ListedTable[],
): Promise<readonly DescribedTable[]> {
  const schemas = new Map<string, Awaited<ReturnType<Tables['columns']>>>()
  for (const { schema } of tables)
    if (!schemas.has(schema)) schemas.set(schema, await words.columns(session, schema))
  return tables.map(table => ({ ...table, columns: schemas.get(table.schema)?.get(table.name) ?? [] }))
}

function taskDatabase({ dialect, host, name }: Database, url: string): TaskDatabase {
  const where =
    databaseDialect(dialect).kind === 'embedded' ? host : `${name === '' ? '' : `${name} on `}${host}`
  const shown = redactUrl(url)
  return {
    dialect,
    name: where,
    option: /^[\w@%+=:,./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`,
  }
}

async function write(
  { sql, exports, skipped }: GeneratedTask,
  { dialect }: Database,
  { output, force, json }: Options,
  { folder, log, output: stdout }: Context,
) {
  const counts = `${exports.length} ${exports.length === 1 ? 'export' : 'exports'}`
  const document = { dialect, exports, skipped }
  if (output === undefined) {
    if (!json) await stdout.write(sql)
    return { document: { ...document, file: null, task: sql }, text: '', exitCode: 0 }
  }
  const path = resolve(folder, output)
  try {
    await writeFile(path, sql, { flag: force ? 'w' : 'wx' })
  } catch (cause) {
    throw unwritable(path, cause)
  }
  log.info(`${counts}; next: read ${quoted(output)}, then run it`)
  return { document: { ...document, file: path, task: null }, text: path, exitCode: 0 }
}

function unwritable(path: string, cause: unknown): BatchQueryError {
  if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')
    return new BatchQueryError('OUTPUT_EXISTS', `${path} exists already`, {
      cause,
      hint: 'Choose another name with -o, or add --force to replace it.',
    })
  return new BatchQueryError('PERMISSION', `${path} cannot be written: ${cause}`, {
    cause,
    hint: 'Name a file in a folder that exists and that you may write to.',
  })
}
