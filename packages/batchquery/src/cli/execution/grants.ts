import type { DatabaseUrl } from '../../database/database-url.ts'
import { databaseDialect } from '../../database/dialects.ts'
import { parseDatabaseUrl } from '../../database/url.ts'
import { BatchQueryError } from '../../errors/index.ts'
import { type GrantRequest, grantScript, grantStatements, hasSchemas, usualServer } from '../../sql/grants.ts'
import { type Configuration, readConfiguration } from '../../submit/configuration.ts'
import { type Administrator, applyGrants } from '../apply-grants.ts'
import type { Context, Execute } from '../command.ts'
import { interruptible } from '../interruptible.ts'
import type { Options } from '../options.ts'

const DEFAULT_USER = 'batchquery'

export const grants: Execute = async ({ options }, context) => {
  checkOptions(options)
  const configuration = await readConfiguration(options, context)
  const place = options.apply ? dataApiPlace(options, configuration) : null
  const url = urlOf(configuration)
  // The URL is then the login of the administrator.
  const isLogin = options.apply === true && place === null
  const request = requestOf(options, isLogin ? { ...url, user: '' } : url)
  const statements = grantStatements(request)
  if (options.apply) {
    const administrator = administratorOf(place, request, configuration, url, options, context)
    await interruptible(signal => applyGrants(statements, administrator, context.log, signal))
  }
  const text = options.apply ? `applied ${statements.length} statements` : grantScript(request)
  return { document: { ...request, statements, applied: options.apply ?? false }, text, exitCode: 0 }
}

function checkOptions({ apply, cluster, adminSecret }: Options): void {
  if ((cluster === undefined) !== (adminSecret === undefined))
    throw new BatchQueryError('USAGE', 'only one of --cluster and --admin-secret is on the command line', {
      hint: 'Add the other one. Or remove both, and name the stack with --stack.',
    })
  if (cluster !== undefined && !apply)
    throw new BatchQueryError('USAGE', '--cluster needs --apply', { hint: 'Add --apply.' })
}

function requestOf(options: Options, url: DatabaseUrl): GrantRequest {
  const server = options.for ?? serverOf(url)
  const schemas = hasSchemas(server)
  const database = schemas ? url.name : (options.schema ?? url.name)
  return {
    server,
    user: options.user ?? (url.user || DEFAULT_USER),
    database: named(database, server),
    schema: schemas ? (options.schema ?? 'public') : '',
    native: options.native ?? false,
  }
}

interface Cluster {
  readonly cluster: string
  readonly secret: string
}

/** The cluster that the options or the stack name; null for the login of a URL. */
function dataApiPlace({ cluster, adminSecret, database }: Options, { stack }: Configuration): Cluster | null {
  if (cluster !== undefined && adminSecret !== undefined) return { cluster, secret: adminSecret }
  if (stack === null || database?.includes(':')) return null
  const chosen = database ?? stack.settings.database
  const made = chosen === undefined ? undefined : stack.clusters.get(chosen)
  if (made?.adminSecret !== undefined) return { cluster: made.arn, secret: made.adminSecret }
  const names = [...stack.clusters].flatMap(([name, { adminSecret: has }]) => (has === undefined ? [] : name))
  throw new BatchQueryError(
    'CONFIG',
    `the stack ${stack.name} has no database ${chosen ?? 'by default'} that the RDS Data API can reach`,
    {
      hint:
        names.length > 0
          ? `Name one that it can reach: -d ${names.join(', -d ')}.`
          : 'Set enableDataApi: true for a database that the stack creates, and deploy. Or name the administrator in -d: mysql://administrator@host/db.',
    },
  )
}

function administratorOf(
  place: Cluster | null,
  { server, user, database }: GrantRequest,
  { settings }: Configuration,
  url: DatabaseUrl,
  { database: given }: Options,
  { environment, folder }: Context,
): Administrator {
  if (place !== null)
    return { kind: 'data api', place: { ...place, database: hasSchemas(server) ? database : null } }
  if (databaseDialect(url.dialect).kind === 'embedded' || given === undefined)
    throw new BatchQueryError(
      'USAGE',
      '--apply needs the login of an administrator, and neither a stack nor -d names one',
      {
        hint: "Name the administrator's login, -d mysql://administrator@host/db, or a stack: --stack NAME.",
      },
    )
  if (url.user === user)
    throw new BatchQueryError('USAGE', `--user is ${user}, and -d logs in as the same user`, {
      hint: 'Name the user to create with --user, and the administrator in -d.',
    })
  return { kind: 'url', url: settings.database, environment, folder }
}

function urlOf({ settings }: Configuration): DatabaseUrl {
  const url = parseDatabaseUrl(settings.database)
  // A file has neither users nor a name that a server would know.
  return databaseDialect(url.dialect).kind === 'embedded' ? { ...url, user: '', name: '' } : url
}

function serverOf({ dialect }: DatabaseUrl): string {
  const server = usualServer(dialect)
  if (server !== null) return server
  throw new BatchQueryError(
    'USAGE',
    'grants needs to know the kind of server, and neither --for nor -d names it',
    {
      hint: 'Name the kind with --for, or a server with -d.',
    },
  )
}

function named(database: string, server: string): string {
  if (database !== '') return database
  throw new BatchQueryError(
    'USAGE',
    'grants needs the database whose tables tasks may read, and none is named',
    {
      hint: hasSchemas(server) ? 'Name it in -d: postgres://user@host/DATABASE.' : 'Name it with --schema.',
    },
  )
}
