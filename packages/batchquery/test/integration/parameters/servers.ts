import { DuckDBInstance } from '@duckdb/node-api'
import type { Dialect } from '../../../src/sql/index.ts'
import { adminPg } from '../../setup/postgres-client.ts'
import { statementsOf } from '../../unit/sql/parameters/task.ts'
import { openDatabase, serverUrl } from '../mysql/session.ts'

/** A session that runs statements as they are sent. */
export interface Client {
  /** The first row, as text. */
  run(sql: string): Promise<(string | null)[]>
  close(): Promise<void>
}

export interface Server {
  readonly dialect: Dialect
  connect(): Promise<Client>
  /**
   * Columns that hold the bytes of texts as the server has them: hexadecimal digits of UTF-8, independent of the session's
   * settings are, with commas between.
   */
  hex(expressions: readonly string[]): string[]
  /** Headers of tasks: what changes how a session reads text. */
  readonly settings: readonly string[]
}

const asTexts = (row: readonly unknown[] = []): (string | null)[] =>
  row.map(value => (value === null ? null : String(value)))

const MODES = ['', 'ANSI_QUOTES', 'NO_BACKSLASH_ESCAPES', 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES']
const CHARACTER_SETS = ['utf8mb4', 'latin1', 'gbk', 'sjis', 'big5', 'utf8mb4 COLLATE utf8mb4_unicode_ci']

const MYSQL: Server = {
  dialect: 'mysql',
  connect: async () => {
    const session = await openDatabase(serverUrl('test')).connect('batchquery parameters')
    return {
      run: async sql => [...((await session.execute(sql, 1)).results[0]?.rows[0] ?? [])],
      close: () => session.close(),
    }
  },
  hex: texts => texts.map(text => `HEX(${text})`),
  settings: [
    ...MODES.flatMap(mode => CHARACTER_SETS.map(name => `SET sql_mode = '${mode}'; SET NAMES ${name}`)),
    "SET sql_mode = 'ORACLE,EMPTY_STRING_IS_NULL'",
  ],
}

const POSTGRES: Server = {
  dialect: 'postgres',
  connect: async () => {
    const client = await adminPg()
    return {
      run: async text => asTexts((await client.query({ text, rowMode: 'array' })).rows[0]),
      close: () => client.end(),
    }
  },
  hex: texts => texts.map(text => `upper(encode(convert_to(${text}, 'UTF8'), 'hex'))`),
  settings: ['on', 'off'].flatMap(standard =>
    ['UTF8', 'LATIN1', 'GBK', 'SJIS', 'BIG5'].map(
      name =>
        `SET standard_conforming_strings = ${standard}; SET backslash_quote = on; SET client_encoding = ${name}`,
    ),
  ),
}

const DUCKDB: Server = {
  dialect: 'duckdb',
  connect: async () => {
    const instance = await DuckDBInstance.create()
    const connection = await instance.connect()
    return {
      run: async sql => {
        const reader = await connection.runAndReadAll(sql)
        return asTexts(reader.getRows()[0])
      },
      close: async () => instance.closeSync(),
    }
  },
  hex: texts => texts.map(text => `hex(${text})`),
  settings: ['SELECT 1'],
}

export const SERVERS = [MYSQL, POSTGRES, DUCKDB]

/** Runs a task in a session; the row is that of its last statement. */
export const runTask = async (
  client: Client,
  dialect: Dialect,
  task: string,
  given: Readonly<Record<string, string>> = {},
): Promise<(string | null)[]> => {
  let row: (string | null)[] = []
  for (const statement of statementsOf(task, given, dialect)) row = await client.run(statement)
  return row
}
