import fc from 'fast-check'
import type { Connection } from 'mysql2/promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { cases } from '../../setup/chance.ts'
import { adminConnection, freshDatabase, isMariadb } from '../../setup/mariadb-client.ts'
import { BINARY, COLUMN_NAMES, OF_MARIADB, OF_MYSQL, rowsOf, TYPES } from './every-type.ts'
import { layouts, outfileClauses } from './outfile-layouts.ts'
import { collect, openDatabase, outfile, serverUrl } from './session.ts'

const IS_MARIADB = await isMariadb()

/** The types that the other server lacks. */
const LACKING = IS_MARIADB ? OF_MYSQL : OF_MARIADB
const NAMES = COLUMN_NAMES.filter(name => !LACKING.includes(name))

let admin: Connection
let session: Session
let database: string

beforeAll(async () => {
  database = await freshDatabase()
  admin = await adminConnection({ database })
  await admin.query("SET sql_mode = ''")
  await admin.query(`CREATE TABLE t (${NAMES.map(name => `\`${name}\` ${TYPES[name]}`).join(', ')})`)
  for (const row of rowsOf(NAMES))
    await admin.query(`INSERT INTO t (${NAMES.join(', ')}) VALUES (${row.join(', ')})`)
  session = await openDatabase(serverUrl(database)).connect('batchquery oracle')
})

afterAll(async () => {
  await session?.close()
  await admin?.end()
})

const columns = fc.shuffledSubarray([...NAMES], { minLength: 1 })

test("TEXT is the server's own OUTFILE, byte for byte", async () => {
  await fc.assert(
    fc.asyncProperty(layouts, columns, async (layout, names) => {
      const query = `SELECT ${names.map(name => `\`${name}\``).join(', ')} FROM t ORDER BY ch, vc, lt`
      const expected = await outfile(admin, query, outfileClauses(layout))
      const { bytes, rowsRead, rowsEnded } = await collect(session, query, { layout })
      if (!bytes.equals(expected)) expect(bytes.toString('latin1')).toBe(expected.toString('latin1'))
      expect(rowsEnded).toBe(rowsRead)
    }),
    { numRuns: cases(150) },
  )
})

test("TEXT is the server's own OUTFILE with CHARACTER SET too, without binary columns", async () => {
  const names = columns
    .map(chosen => chosen.filter(name => !BINARY.includes(name)))
    .filter(chosen => chosen.length > 0)
  const sets = fc.constantFrom('utf8mb4', 'utf8mb3', 'latin1')
  await fc.assert(
    fc.asyncProperty(layouts, names, sets, async (layout, chosen, characterSet) => {
      const query = `SELECT ${chosen.map(name => `\`${name}\``).join(', ')} FROM t ORDER BY ch, vc, lt`
      const expected = await outfile(admin, query, `CHARACTER SET ${characterSet} ${outfileClauses(layout)}`)
      const { bytes } = await collect(session, query, { layout, characterSet })
      expect(bytes.equals(expected)).toBe(true)
    }),
    { numRuns: cases(75) },
  )
})
