import type { Dialect } from '../sql/index.ts'
import type { DatabaseDialect, EmbeddedDialect, OwnSetting } from './dialect.ts'
import { DUCKDB } from './duckdb/dialect.ts'
import { MYSQL } from './mysql/dialect.ts'
import { POSTGRES } from './postgres/dialect.ts'

/** The registry of databases. sql/dialects/index.ts is the registry of words. */
const DIALECTS: Readonly<Record<Dialect, DatabaseDialect>> = {
  mysql: MYSQL,
  postgres: POSTGRES,
  duckdb: DUCKDB,
}

export const isDialect = (name: string): name is Dialect => Object.hasOwn(DIALECTS, name)

export const databaseDialect = (dialect: Dialect): DatabaseDialect => DIALECTS[dialect]

/** The dialect of a name that comes from a record; null if this version does not know it. */
export const findDialect = (name: string): DatabaseDialect | null => (isDialect(name) ? DIALECTS[name] : null)

/** @param scheme in lower case, without its colon */
export const dialectOfScheme = (scheme: string): Dialect | null =>
  Object.keys(DIALECTS)
    .filter(isDialect)
    .find(dialect => databaseDialect(dialect).schemes.includes(scheme)) ?? null

/** Whether a text begins like the URL of an embedded database. */
export function isEmbeddedUrl(text: string): boolean {
  const [scheme = ''] = text.split(':', 1)
  const dialect = dialectOfScheme(scheme.toLowerCase())
  return dialect !== null && databaseDialect(dialect).kind === 'embedded'
}

/** Examples of URLs, for messages: `mysql://..., postgres://... or duckdb:path`. */
export const urlExamples = (): string => {
  const examples = Object.values(DIALECTS).map(({ example }) => example)
  return `${examples.slice(0, -1).join(', ')} or ${examples.at(-1)}`
}

/** The settings of URLs that only one dialect has, with their dialect. */
export const ownSettings: readonly (OwnSetting & { readonly dialect: Dialect })[] = Object.keys(DIALECTS)
  .filter(isDialect)
  .flatMap(dialect => {
    const known = databaseDialect(dialect)
    return known.kind === 'server' ? known.ownSettings.map(setting => ({ ...setting, dialect })) : []
  })

/** The URL of an embedded database without a file. */
export const inMemoryUrl = ({ schemes: [scheme], inMemory }: EmbeddedDialect): string =>
  `${scheme}:${inMemory}`
