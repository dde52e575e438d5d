import { type Client, escapeLiteral } from 'pg'
import { afterAll, beforeAll, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { cases, testSeed } from '../../setup/chance.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { Random } from '../../unit/format/parquet/random.ts'
import { compare } from './parquet.ts'
import { openDatabase, serverUrl } from './session.ts'

let database: string
let admin: Client
let session: Session

beforeAll(async () => {
  database = await freshPostgresDatabase()
  admin = await adminPg(database)
  session = await openDatabase(serverUrl(database)).connect('batchquery parquet-random')
})

afterAll(async () => {
  await session?.close()
  await admin?.end()
})

type Make = (random: Random) => string

const sign = (random: Random): string => (random.chance(0.5) ? '-' : '')
const TEXTS = ['', 'a', 'é', '日本語', '𝄞', '\t', '\n', '\\N', "'", '"', 'word ', '{}', '0']
const text: Make = random =>
  Array.from({ length: random.integer(0, 12) }, () => random.pick(TEXTS))
    .join('')
    .repeat(random.chance(0.02) ? 900 : 1)
const two = (random: Random, most: number) => String(random.integer(1, most)).padStart(2, '0')
const date = (random: Random, mostYear = 9999): string =>
  `${String(random.integer(1, mostYear)).padStart(4, '0')}-${two(random, 12)}-${two(random, 28)}`
const time: Make = random =>
  `${two(random, 23)}:${two(random, 59)}:${two(random, 59)}.${random.digits(random.integer(1, 6))}`

function decimal(random: Random): [string, Make] {
  const precision = random.integer(1, 38)
  const scale = random.integer(0, precision)
  return [
    `numeric(${precision},${scale})`,
    r =>
      `${sign(r)}${precision === scale ? '0' : r.digits(r.integer(1, precision - scale))}.${r.digits(r.integer(1, Math.max(1, scale))).slice(0, scale)}`,
  ]
}

const COLUMNS: readonly ((random: Random) => [string, Make])[] = [
  decimal,
  decimal,
  () => ['int2', r => `${r.integer(-32768, 32767)}`],
  () => ['int4', r => `${r.integer(-(2 ** 31), 2 ** 31 - 1)}`],
  () => ['int8', r => `${sign(r)}${r.digits(r.integer(1, 18))}`],
  () => ['numeric', r => `${sign(r)}${r.digits(r.integer(1, 60))}e${r.integer(-70, 40)}`],
  () => ['float8', r => `${sign(r)}${r.digits(r.integer(1, 17))}e${r.integer(-300, 290)}`],
  () => ['float4', r => `${sign(r)}${r.digits(r.integer(1, 9))}e${r.integer(-40, 28)}`],
  () => ['bool', r => String(r.chance(0.5))],
  () => ['date', r => (r.chance(0.1) ? `${date(r, 4000)} BC` : date(r))],
  () => ['timestamp', r => `${date(r)} ${time(r)}`],
  () => ['timestamptz', r => `${date(r)} ${time(r)}${r.pick(['+00', '-11:30', '+05:45'])}`],
  () => ['text', text],
  () => ['varchar(20000)', r => r.pick(['x', 'y', 'some city'])],
  () => ['bytea', r => `\\x${Buffer.from(text(r)).toString('hex')}`],
  () => ['uuid', r => Array.from({ length: 32 }, () => r.integer(0, 15).toString(16)).join('')],
  () => ['jsonb', r => JSON.stringify({ [text(r)]: text(r) })],
  () => ['interval', r => `${r.integer(-99, 99)} mon ${time(r)}`],
  () => ['int4[]', r => `{${r.integer(0, 9)},NULL}`],
  () => ['inet', r => `10.0.0.${r.integer(0, 255)}${r.pick(['', '/8'])}`],
]

test('a random table is exported as psql prints it', async () => {
  const seed = testSeed()
  const random = new Random(seed)
  for (let at = 0; at < cases(20); at++) {
    const columns = Array.from({ length: random.integer(1, 12) }, () => random.pick(COLUMNS)(random))
    const rows = random.pick([1, 40, 700, 3000])
    const distinct = random.pick([3, 50, rows])
    const nulls = random.pick([0, 0.1, 0.9])
    const pools = columns.map(([, make]) =>
      Array.from({ length: Math.min(rows, distinct) }, () => make(random)),
    )
    await admin.query(
      `DROP TABLE IF EXISTS r; CREATE TABLE r (n int, ${columns.map(([type], c) => `c${c} ${type}`).join(', ')})`,
    )
    const values = Array.from({ length: rows }, (_, row) => {
      const texts = pools.map(pool => (random.chance(nulls) ? 'NULL' : escapeLiteral(random.pick(pool))))
      return `(${[row, ...texts].join(', ')})`
    })
    await admin.query(`INSERT INTO r VALUES ${values.join(', ')}`)
    const query = `SELECT ${columns.map((_, c) => `c${c}`).join(', ')} FROM r ORDER BY n`
    await compare(session, database, query).catch((error: unknown) => {
      throw new Error(`seed ${seed}, table ${at}: ${columns.map(([type]) => type).join(', ')}`, {
        cause: error,
      })
    })
  }
})
