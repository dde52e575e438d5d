import { DuckDBInstance } from '@duckdb/node-api'
import type { RowDataPacket } from 'mysql2/promise'
import type { Case, CaseDatabase } from './case.ts'
import type { Expected } from './compare/differs.ts'
import { askOracle, createTable, type OracleSession } from './oracle.ts'
import { type Servers, ZONE } from './servers.ts'

type Texts = readonly (readonly (string | null)[])[]

/** The values of a case as the server shows them, by the id of the row. */
export type ExpectedRows = ReadonlyMap<string, Expected | null>

const texts = (rows: readonly (readonly unknown[])[]): Texts =>
  rows.map(row => row.map(value => (value === null ? null : String(value))))

const mysqlSession = ({ mysqlAdmin }: Servers): OracleSession => ({
  execute: async sql => {
    // A local time of the doubled hour would be one of the two points in time.
    await mysqlAdmin.query("SET time_zone = '+00:00'")
    await mysqlAdmin.query(sql)
  },
  query: async sql => {
    await mysqlAdmin.query(`SET time_zone = '${ZONE}'`)
    const [rows] = await mysqlAdmin.query<RowDataPacket[][]>(sql)
    return texts(rows)
  },
})

const postgresSession = ({ postgresAdmin }: Servers): OracleSession => ({
  execute: async sql => {
    await postgresAdmin.query(sql)
  },
  query: async sql => texts((await postgresAdmin.query<unknown[]>({ text: sql, rowMode: 'array' })).rows),
})

/** Creates the tables of all cases and asks the servers for their texts. @param duckdbFile does not exist yet */
export async function createTables(
  servers: Servers,
  duckdbFile: string,
  cases: readonly Case[],
): Promise<ReadonlyMap<Case, ExpectedRows>> {
  const instance = await DuckDBInstance.create(duckdbFile)
  const duckdb = await instance.connect()
  const sessions: Readonly<Record<CaseDatabase, OracleSession>> = {
    mysql: mysqlSession(servers),
    postgres: postgresSession(servers),
    duckdb: {
      execute: async sql => {
        await duckdb.run(sql)
      },
      query: async sql => texts((await duckdb.runAndReadAll(sql)).getRows()),
    },
  }
  const expected = new Map<Case, ExpectedRows>()
  try {
    for (const one of cases) {
      const session = sessions[one.database]
      await createTable(session, one)
      expected.set(one, await askOracle(session, one))
    }
  } finally {
    duckdb.closeSync()
    instance.closeSync()
  }
  return expected
}
