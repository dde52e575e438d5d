import { type Case, type CaseDatabase, type Meaning, tableOf } from './case.ts'
import type { Expected } from './compare/differs.ts'

/** A session that creates the tables and reads the server's own text of each value. */
export interface OracleSession {
  execute(sql: string): Promise<void>
  /** Returns rows of texts. */
  query(sql: string): Promise<readonly (readonly (string | null)[])[]>
}

interface Expressions {
  readonly text: string
  readonly meanings: Partial<Readonly<Record<Meaning, string>>>
  /** Meanings whose text the server does not write exactly, or writes as bytes. */
  readonly texts: Partial<Readonly<Record<Meaning, string>>>
}

const INTERVAL =
  "CONCAT(extract(year FROM c) * 12 + extract(month FROM c), ' ', extract(day FROM c), ' ', CAST(extract(hour FROM c) * 3600000000 + extract(minute FROM c) * 60000000 + extract(microsecond FROM c) AS BIGINT))"

/**
 * The SQL for the text of the column `c`, and for the forms that compare more easily: an instant is microseconds since 1970, an interval months, days and
 * microseconds, bytes are hexadecimal digits, parts are JSON.
 */
const EXPRESSIONS: Readonly<Record<CaseDatabase, Expressions>> = {
  mysql: {
    text: 'CAST(c AS CHAR)',
    texts: {
      // As text the server rounds it to six digits.
      float: 'CAST(CAST(c AS DOUBLE) AS CHAR)',
      bits: 'CAST(c + 0 AS CHAR)',
      bytes: 'HEX(c)',
      geometry: 'HEX(c)',
      vector: 'VECTOR_TO_STRING(c)',
    },
    meanings: {
      instant: 'CAST(CAST(UNIX_TIMESTAMP(c) * 1000000 AS SIGNED) AS CHAR)',
      vector: 'HEX(c)',
    },
  },
  postgres: {
    // A cast to text would cut the padding of CHAR.
    text: "CASE WHEN c IS NOT NULL THEN format('%s', c) END",
    texts: { boolean: 'CAST(c AS TEXT)', bytes: "encode(c, 'hex')", geometry: 'ST_AsEWKT(c)' },
    meanings: {
      instant: 'CAST(CAST(extract(epoch FROM c) * 1000000 AS NUMERIC(30)) AS TEXT)',
      interval: INTERVAL,
      // As MySQL's: the SRID, then WKB.
      geometry: "encode(substring(ST_AsEWKB(c, 'NDR') FROM 6 FOR 4) || ST_AsBinary(c, 'NDR'), 'hex')",
      money: 'CAST(CAST(c AS NUMERIC) AS TEXT)',
      // It always has a netmask, which the own text leaves out for a host.
      network: 'CAST(c AS TEXT)',
      nested: 'CAST(to_json(c) AS TEXT)',
    },
  },
  duckdb: {
    text: 'CAST(c AS VARCHAR)',
    texts: { bytes: 'hex(c)' },
    meanings: {
      instant: 'CAST(epoch_us(c) AS VARCHAR)',
      interval: INTERVAL,
      nested: 'CAST(to_json(c) AS VARCHAR)',
    },
  },
}

/** Creates the table of a case: a row for each value, with ids from 1, and one with NULL. */
export async function createTable(session: OracleSession, one: Case): Promise<void> {
  const { type, values, before = [] } = one
  const name = tableOf(one)
  for (const statement of before) await session.execute(statement)
  await session.execute(`CREATE TABLE ${name} (id INTEGER PRIMARY KEY, c ${type} NULL)`)
  for (const [at, value] of [...values, 'NULL'].entries())
    await session.execute(`INSERT INTO ${name} VALUES (${at + 1}, ${value})`)
}

/** Reads the server's form of each value, by the id of its row. */
export async function askOracle(
  session: OracleSession,
  one: Case,
): Promise<ReadonlyMap<string, Expected | null>> {
  const { text, texts, meanings } = EXPRESSIONS[one.database]
  const own = texts[one.meaning] ?? text
  const meaning = meanings[one.meaning] ?? own
  const rows = await session.query(`SELECT id, ${own}, ${meaning} FROM ${tableOf(one)} ORDER BY id`)
  return new Map(
    rows.map(([id, text, meaning]) => [
      String(id),
      text === null || text === undefined ? null : { text, meaning: meaning ?? text },
    ]),
  )
}
