import {
  CREATE_NARROW,
  CREATE_WIDE,
  fillNarrow,
  fillWide,
} from '../../../packages/batchquery/test/setup/big-tables.ts'
import type { MariadbServer } from '../../../packages/batchquery/test/setup/mariadb.ts'
import { connectMariadb } from '../connections.ts'
import type { Sizes } from '../sizes.ts'

/** The rows of one transaction. */
const BATCH_ROWS = 1_000_000

/** Creates and fills the tables in parallel, in InnoDB. The longest one is in MyISAM, which is faster to fill. */
export async function fillMariadb(server: MariadbServer, sizes: Sizes): Promise<void> {
  await Promise.all([
    fill(server, 'table1', CREATE_NARROW, sizes.narrow, fillNarrow),
    fill(server, 'wide', CREATE_WIDE, sizes.wide, fillWide),
  ])
  if (sizes.long === null) return
  const named = (sql: string) => sql.replace('table1', 'table1_long')
  await fill(server, 'table1_long', `${named(CREATE_NARROW)} ENGINE=MyISAM`, sizes.long, (first, last) =>
    named(fillNarrow(first, last)),
  )
}

async function fill(
  server: MariadbServer,
  table: string,
  create: string,
  rows: number,
  statement: (first: number, last: number) => string,
): Promise<void> {
  const connection = await connectMariadb(server)
  try {
    // A user's own server may have them from an earlier run.
    await connection.query(`DROP TABLE IF EXISTS ${table}`)
    await connection.query(create)
    for (let first = 1; first <= rows; first += BATCH_ROWS)
      await connection.query(statement(first, Math.min(first + BATCH_ROWS - 1, rows)))
  } finally {
    await connection.end()
  }
}
