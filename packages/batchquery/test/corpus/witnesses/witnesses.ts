import { randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { execa } from 'execa'
import type { Connection, RowDataPacket } from 'mysql2/promise'
import { type Client, escapeLiteral } from 'pg'
import { afterAll, inject } from 'vitest'
import { outfileClauses } from '../../integration/mysql/outfile-layouts.ts'
import { outfile } from '../../integration/mysql/session.ts'
import { readByCopy } from '../../integration/postgres/session.ts'
import { adminConnection } from '../../setup/mariadb-client.ts'
import { adminPg } from '../../setup/postgres-client.ts'
import { type CorpusServers, IN_UTC } from '../corpus-servers.ts'
import type { CorpusExport, Writing } from '../export.ts'
import { CHARACTER_SETS } from '../exports/choices.ts'
import type { MadeExport } from '../made-export.ts'
import { duckdbValues } from './duckdb-values.ts'
import { outfileOfNames, outfileOfValues } from './mariadb-table.ts'
import { mysql2Values } from './mysql2-values.ts'
import { copyOfValues } from './postgres-table.ts'
import type { Values } from './values.ts'
import type { WitnessName } from './witness-name.ts'
import { differenceFrom, type Witnessed } from './witnessed.ts'

const NOTHING = Buffer.alloc(0)

/** The programs that are not ours, each with a session of its own. */
export class Witnesses {
  readonly #mariadb: Connection
  readonly #postgres: Client
  readonly #duckdb: DuckDBConnection
  readonly #postgresName: string

  private constructor(mariadb: Connection, postgres: Client, duckdb: DuckDBConnection, postgresName: string) {
    this.#mariadb = mariadb
    this.#postgres = postgres
    this.#duckdb = duckdb
    this.#postgresName = postgresName
  }

  /** Closed after the last test of the file. */
  static async open({ mysqlName, postgresName }: CorpusServers): Promise<Witnesses> {
    const mariadb = await adminConnection({ database: mysqlName, charset: 'utf8mb4' })
    await mariadb.query(IN_UTC)
    await mariadb.query("SET sql_mode = ''")
    const postgres = await adminPg(postgresName)
    const instance = await DuckDBInstance.create(':memory:')
    const duckdb = await instance.connect()
    await duckdb.run("SET TimeZone = 'UTC'")
    afterAll(async () => {
      await mariadb.end()
      await postgres.end()
      duckdb.closeSync()
      instance.closeSync()
    })
    return new Witnesses(mariadb, postgres, duckdb, postgresName)
  }

  /** Describes how an export differs from the rows that its witness writes or reads; null if they are equal. */
  async differenceOf(wanted: CorpusExport, made: MadeExport): Promise<string | null> {
    if (wanted.witness === 'postgres-copy-from') return this.#readBack(wanted, made)
    return differenceFrom(await this.#written[wanted.witness](wanted), made)
  }

  readonly #written: Readonly<
    Record<Exclude<WitnessName, 'postgres-copy-from'>, (wanted: CorpusExport) => Promise<Witnessed>>
  > = {
    'mariadb-outfile': wanted => this.#outfile(wanted),
    'psql-copy': wanted => this.#psqlCopy(wanted),
    'duckdb-copy': wanted => this.#duckdbCopy(wanted),
    'mariadb-outfile-of-values': async wanted => {
      const { layout = {}, header = false } = wanted.writing
      return outfileOfValues(this.#mariadb, await this.#values(wanted), layout, header)
    },
    'postgres-copy-of-values': async wanted =>
      copyOfValues(
        this.#postgres,
        await this.#values(wanted),
        header => copyOptions({ ...wanted.writing, header }),
        wanted.writing.header ?? false,
      ),
  }

  async #outfile({ query, writing }: CorpusExport): Promise<Witnessed> {
    const { characterSet, layout = {}, header = false } = writing
    const set = characterSet === undefined ? '' : `CHARACTER SET ${characterSet} `
    const clauses = `${set}${outfileClauses(layout)}`
    const body = await outfile(this.#mariadb, query, clauses)
    const [[{ rows }]] = await this.#mariadb.query<RowDataPacket[]>(
      `SELECT COUNT(*) AS \`rows\` FROM (${query}) counted`,
    )
    if (!header) return { header: NOTHING, body, rows: Number(rows) }
    const [, fields] = await this.#mariadb.query(`SELECT * FROM (${query}) named LIMIT 0`)
    const names = fields.map(({ name }) => name)
    return { header: await outfileOfNames(this.#mariadb, names, clauses), body, rows: Number(rows) }
  }

  async #psqlCopy({ query, writing }: CorpusExport): Promise<Witnessed> {
    const { rows: counted } = await this.#postgres.query<{ rows: string }>(
      `SELECT count(*) AS rows FROM (${query}) q`,
    )
    const copy = (rows: string, header: boolean): Promise<Buffer> =>
      psql(`COPY (${rows}) TO STDOUT ${copyOptions({ ...writing, header })}`, this.#postgresName)
    return {
      header: writing.header ? await copy(`SELECT * FROM (${query}) q LIMIT 0`, true) : NOTHING,
      body: await copy(query, false),
      rows: Number(counted[0]?.rows),
    }
  }

  async #duckdbCopy({ query, writing }: CorpusExport): Promise<Witnessed> {
    const path = join(tmpdir(), `batchquery-witness-${randomUUID()}`)
    const [delimiter, quote] = separators(writing).map(escapeLiteral)
    const copy = async (rows: string, header: boolean) => {
      const { rowsChanged } = await this.#duckdb.run(
        `COPY (${rows}) TO '${path}' (FORMAT csv, DELIMITER ${delimiter}, QUOTE ${quote}, ESCAPE ${quote}, HEADER ${header}, NULLSTR '')`,
      )
      const written = await readFile(path)
      await rm(path)
      return { written, rowsChanged }
    }
    const header = writing.header ? (await copy(`FROM (${query}) LIMIT 0`, true)).written : NOTHING
    const { written, rowsChanged } = await copy(query, false)
    return { header, body: written, rows: rowsChanged }
  }

  async #readBack(wanted: CorpusExport, { parts }: MadeExport): Promise<string | null> {
    const { names, rows } = await this.#values(wanted)
    const [delimiter, quote] = separators(wanted.writing).map(escapeLiteral)
    const options = `(FORMAT csv, DELIMITER ${delimiter}, QUOTE ${quote})`
    const read = await readByCopy(this.#postgres, Buffer.concat(parts), { columns: names.length, options })
    const expected = wanted.writing.header ? [names, ...rows] : rows
    return JSON.stringify(read) === JSON.stringify(expected) ? null : `COPY reads ${JSON.stringify(read)}`
  }

  #values({ dialect, query, writing: { format } }: CorpusExport): Promise<Values> {
    return dialect === 'duckdb'
      ? duckdbValues(this.#duckdb, query, format)
      : mysql2Values(this.#mariadb, query)
  }
}

/** For CSV. */
const separators = ({ layout = {} }: Writing): [delimiter: string, quote: string] => [
  text(layout.fieldsTerminatedBy) ?? ',',
  text(layout.enclosedBy) ?? '"',
]

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString()

/** The options of COPY for the same file. */
function copyOptions(writing: Writing): string {
  const { format, header = false, layout = {}, characterSet = 'utf8mb4' } = writing
  const encoding = CHARACTER_SETS.find(set => set.characterSet === characterSet)?.encoding
  if (encoding === undefined) throw new Error(`PostgreSQL's name of ${characterSet} is not known`)
  const [delimiter, quote] = separators(writing).map(escapeLiteral)
  const own =
    format === 'CSV'
      ? `DELIMITER ${delimiter}, QUOTE ${quote}`
      : `DELIMITER ${escapeLiteral(text(layout.fieldsTerminatedBy) ?? '\t')}`
  return `(FORMAT ${format}, ${own}, HEADER ${header}, ENCODING '${encoding}')`
}

async function psql(statement: string, database: string): Promise<Buffer> {
  const { socket, port, user, password } = inject('postgres')
  const { stdout } = await execa('psql', ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--file=-'], {
    env: { PGHOST: socket, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database },
    input: `${statement};\n`,
    encoding: 'buffer',
    stripFinalNewline: false,
    maxBuffer: 1 << 30,
  })
  return Buffer.from(stdout)
}
