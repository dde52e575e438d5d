import type { StringRules } from '../lexical-rules.ts'
import type { SqlDialect } from './dialect.ts'
import { DUCKDB } from './duckdb/index.ts'
import { MYSQL } from './mysql/index.ts'
import { POSTGRES } from './postgres/index.ts'

/** The SQL that a database speaks. MariaDB and Aurora MySQL are `mysql`, Aurora PostgreSQL is `postgres`. */
export type Dialect = 'mysql' | 'postgres' | 'duckdb'

/** The registry of words. database/dialects.ts is the registry of databases. */
const DIALECTS: Readonly<Record<Dialect, SqlDialect>> = {
  mysql: MYSQL,
  postgres: POSTGRES,
  duckdb: DUCKDB,
}

/** The words of all dialects. */
export const allWords = (): readonly SqlDialect[] => Object.values(DIALECTS)

export const wordsOf = (dialect: Dialect): SqlDialect => DIALECTS[dialect]

/** How a server reads strings under its default settings. */
export const defaultStringRules = (dialect: Dialect): StringRules => {
  const { backslashEscapes, doubleQuotedStrings } = DIALECTS[dialect].lexical
  return { backslashEscapes, doubleQuotedStrings }
}

/** Every way in which a server may read strings. The way of its default settings comes first. */
export const possibleStringRules = (dialect: Dialect): readonly StringRules[] =>
  wordsOf(dialect).strings.possible
