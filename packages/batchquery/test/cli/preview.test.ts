import { expect, test } from 'vitest'
import { duckdb, mariadb, postgres } from './query-databases.ts'
import { Workspace } from './workspace.ts'

/** Its square as rows. */
const rows = (root: number): string =>
  `WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < ${root}) SELECT a.i FROM n a CROSS JOIN n b`
const DROPPED = 'statement 2: 1,225 rows, 100 of them in the log; to export the rows, use INTO OUTFILE S3'

test.each([
  ['DuckDB', duckdb],
  ['MariaDB', mariadb],
  ['PostgreSQL', postgres],
])(
  '%s: a run warns once for each statement whose rows are neither exported nor in the log',
  async (_, connect) => {
    const workspace = await Workspace.create()
    const sql = [rows(10), rows(35), `${rows(35)} INTO OUTFILE S3 './out/r'`]
    const { code, stderr } = await workspace.runSql(sql.join(';\n'), [], { environment: await connect() })
    expect(code, stderr).toBe(0)
    expect(stderr.match(/^warning: .*$/gm)).toEqual([`warning: ${DROPPED}`])
    expect(await workspace.record()).toMatchObject({ state: 'SUCCEEDED', warnings: [DROPPED] })
  },
)
