import { readConfiguration } from '../../client/read-configuration.ts'
import { type DatabaseUrl, parseDatabaseUrl } from '../../database/url.ts'
import { BatchQueryError } from '../../errors/index.ts'
import { type GrantedServer, grantScript, grantStatements } from '../../sql/grants/index.ts'
import type { Context, Execute } from '../command.ts'
import type { Options } from '../options.ts'

const DEFAULT_USER = 'batchquery'

export const grants: Execute = async ({ options }, context) => {
  const url = await configuredUrl(options, context)
  const server = options.for ?? serverOf(url)
  const isPostgres = server === 'postgres'
  const database = isPostgres ? url.name : (options.schema ?? url.name)
  const request = {
    server,
    user: options.user ?? (url.user || DEFAULT_USER),
    database: named(database, isPostgres),
    schema: isPostgres ? (options.schema ?? 'public') : '',
    native: options.native ?? false,
  }
  const statements = grantStatements(request)
  return { document: { ...request, statements }, text: grantScript(request), exitCode: 0 }
}

async function configuredUrl(options: Options, context: Context): Promise<DatabaseUrl> {
  const { settings } = await readConfiguration(options, context)
  const url = parseDatabaseUrl(settings.database)
  // A file has neither users nor a name that a server would know.
  return url.dialect === 'duckdb' ? { ...url, user: '', name: '' } : url
}

function serverOf({ dialect }: DatabaseUrl): GrantedServer {
  if (dialect === 'postgres') return 'postgres'
  if (dialect === 'mysql') return 'aurora-mysql-3'
  throw new BatchQueryError('USAGE', 'there is no server to write the statements for', {
    hint: 'Name its kind with --for, or the server with -d.',
  })
}

function named(database: string, isPostgres: boolean): string {
  if (database !== '') return database
  throw new BatchQueryError('USAGE', 'there is no database whose tables are to be read', {
    hint: isPostgres ? 'Name it in -d: postgres://user@host/DATABASE.' : 'Name it with --schema.',
  })
}
