import * as v from 'valibot'
import { namesService, withService } from '../database/services.ts'
import { BatchQueryError } from '../errors/index.ts'
import { quoted } from '../platform/index.ts'
import { textRecord } from '../platform/text-record.ts'
import type { ConfigFile } from './parse-config-file.ts'

/** The URLs of databases, by name. */
export type NamedDatabases = ReadonlyMap<string, string>

const VARIABLE = 'BATCHQUERY_DATABASES'
const schema = v.pipe(v.string(), v.parseJson(), textRecord)

/**
 * The databases of batchquery.yaml or a stack, and those of BATCHQUERY_DATABASES, a JSON object of URLs, which take precedence.
 *
 * @param layers the first has precedence
 * @throws CONFIG
 */
export function namedDatabases(
  environment: NodeJS.ProcessEnv,
  layers: readonly Pick<ConfigFile, 'databases'>[],
): NamedDatabases {
  const given = v.safeParse(schema, environment[VARIABLE] || '{}')
  // The value may contain passwords.
  if (!given.success)
    throw new BatchQueryError('CONFIG', `${VARIABLE} is not a JSON object of URLs`, {
      hint: `Write it as in ${VARIABLE}='{"main":"mysql://user@host/db"}'.`,
    })
  const configured = layers.toReversed().flatMap(({ databases }) => [...databases])
  const all = new Map([...configured, ...Object.entries(given.output)])
  return new Map([...all].map(([name, url]) => [name, completed(url, environment)]))
}

/** A service that cannot be read does no harm before a task uses its database: `databaseUrl` reports it then. */
function completed(url: string, environment: NodeJS.ProcessEnv): string {
  if (!namesService(url)) return url
  try {
    return withService(url, environment)
  } catch {
    return url
  }
}

/** Whether the environment alone decides the database of a task that names none. @throws CONFIG */
export function saysDatabase(environment: NodeJS.ProcessEnv): boolean {
  const { BATCHQUERY_DATABASE: named } = environment
  return !!named && (named.includes(':') || namedDatabases(environment, []).has(named))
}

/** The variable with the submitter's databases for a runner elsewhere, which may have databases of its own. */
const SUBMITTED = 'BATCHQUERY_SUBMITTED_DATABASES'

export const submittedDatabases = (databases: NamedDatabases): Record<string, string> =>
  databases.size === 0 ? {} : { [SUBMITTED]: JSON.stringify(Object.fromEntries(databases)) }

/** Adds the submitter's databases to those of the environment. They take precedence. @throws CONFIG */
export function withSubmittedDatabases(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { [SUBMITTED]: submitted, ...rest } = environment
  if (!submitted) return environment
  const both = [environment[VARIABLE], submitted].flatMap(text => [
    ...namedDatabases({ [VARIABLE]: text }, []),
  ])
  return { ...rest, ...databasesEnvironment(new Map(both)) }
}

/** The variable that passes databases to another process. */
export const databasesEnvironment = (databases: NamedDatabases): Record<string, string> => ({
  [VARIABLE]: JSON.stringify(Object.fromEntries(databases)),
})

/**
 * Returns the URL of a database, completed by the service that it names. A text without a colon is a name.
 *
 * @throws CONFIG
 */
export function databaseUrl(
  named: string,
  databases: NamedDatabases,
  environment: NodeJS.ProcessEnv,
): string {
  const url = named.includes(':') ? named : databases.get(named)
  if (url !== undefined) return withService(url, environment)
  const names = [...databases.keys()].join(', ')
  throw new BatchQueryError('CONFIG', `no database has the name ${quoted(named)}`, {
    hint:
      names === ''
        ? 'Add it under `databases:` in batchquery.yaml, or write its URL: mysql://user@host/db.'
        : `Write a URL, or one of the configured names: ${names}.`,
  })
}
