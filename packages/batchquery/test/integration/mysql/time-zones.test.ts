import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { createConnection as createDriverConnection } from 'mysql2'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askTransitions, offsetsOf, type Transition } from '../../../src/database/mysql/time-zone.ts'
import { startOwnMariadb } from '../../setup/mariadb.ts'
import { adminConnection, freshDatabase } from '../../setup/mariadb-client.ts'
import { Random } from '../../unit/format/parquet/random.ts'
import { DuckdbWitness } from '../../unit/format/parquet/witnesses.ts'
import { collect, openDatabase, serverUrl } from './session.ts'

const run = promisify(execFile)
const LAST_SECOND = 2 ** 31 - 1
const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  // half an hour of daylight saving time
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  // 44 minutes and 30 seconds behind UTC until 1972
  'Africa/Monrovia',
  // two changes more each year, for Ramadan
  'Africa/Casablanca',
  'UTC',
]

let database: string
let admin: Connection
beforeAll(async () => {
  database = await freshDatabase()
  admin = await adminConnection({ database })
  for (const zone of ZONES) await loadZone(zone)
})
afterAll(() => admin.end())

/** Loads the operating system's zone into the server's tables. */
async function loadZone(zone: string): Promise<void> {
  const [known] = await admin.query<RowDataPacket[]>('SELECT 1 FROM mysql.time_zone_name WHERE Name = ?', [
    zone,
  ])
  if (known.length > 0) return
  const { stdout } = await run('mariadb-tzinfo-to-sql', [`/usr/share/zoneinfo/${zone}`, zone])
  const statements = stdout.split(/;\n/).filter(sql => /^(INSERT INTO time_zone|SET @time_zone_id)/.test(sql))
  for (const sql of statements) await admin.query(sql.replace('INSERT INTO ', 'INSERT INTO mysql.'))
}

/** Asks as the program does, with a connection of its own. */
async function transitionsOf(connection: Connection, zone: string): Promise<readonly Transition[]> {
  const { config } = connection
  const second = createDriverConnection({
    host: config.host,
    port: config.port,
    user: config.user,
    password: config.password,
    ...(config.ssl === undefined ? {} : { ssl: { rejectUnauthorized: false } }),
    charset: 'utf8mb4',
  })
  try {
    await new Promise<void>((resolve, reject) => {
      second.connect(error => (error === null ? resolve() : reject(error)))
    })
    return await askTransitions(second, zone)
  } finally {
    second.destroy()
  }
}

/** Compares with TIMESTAMP values: those next to each transition, and random ones. */
async function expectServersOffsets(connection: Connection, zone: string): Promise<number> {
  const transitions = await transitionsOf(connection, zone)
  const offsetAt = offsetsOf(transitions)
  const random = new Random()
  const jumps = new Set(transitions.slice(1).map(({ offset }, k) => Math.abs(offset - transitions[k].offset)))
  const instants = new Set<number>([1, LAST_SECOND])
  for (const { second } of transitions.slice(1))
    for (const jump of [0, ...jumps])
      for (const at of [second - jump - 1, second - jump, second + jump - 1, second + jump])
        if (at > 0 && at <= LAST_SECOND) instants.add(at)
  for (let k = 0; k < 10_000; k++) instants.add(random.integer(1, LAST_SECOND))
  await connection.query("SET time_zone = '+00:00'")
  await connection.query('CREATE TEMPORARY TABLE instants (at TIMESTAMP NULL)')
  await connection.query(
    `INSERT INTO instants VALUES ${[...instants].map(at => `(FROM_UNIXTIME(${at}))`).join()}`,
  )
  await connection.query(`SET time_zone = '${zone}'`)
  // Another instant at which the clock shows the same time.
  const twins = [...jumps].flatMap(jump => [`+ ${jump}`, `- ${jump}`])
  const isTwin = twins.map(by => `COALESCE(FROM_UNIXTIME(UNIX_TIMESTAMP(at) ${by}) = at, 0)`).join(' OR ')
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT UNIX_TIMESTAMP(at) AS second, CAST(at AS CHAR) AS local, ${isTwin || '0'} AS isTwin FROM instants`,
  )
  await connection.query('DROP TEMPORARY TABLE instants')
  await connection.query("SET time_zone = '+00:00'")
  expect(rows).toHaveLength(instants.size)
  const wrong = rows.filter(({ second, local, isTwin }) => {
    const shown = Date.parse(`${local.replace(' ', 'T')}Z`) / 1000
    const offset = offsetAt(shown)
    return Number(isTwin) === 1 ? !Number.isNaN(offset) : offset !== shown - Number(second)
  })
  expect(wrong).toEqual([])
  return transitions.length
}

test.each(ZONES)('the offsets of %s are those of the server', async zone => {
  expect(await expectServersOffsets(admin, zone)).toBeGreaterThan(zone === 'UTC' ? 0 : 1)
})

test('the offsets of SYSTEM are those of the operating system of the server', async () => {
  const programs = async () => ({
    install: [
      'mariadb-install-db',
      '--no-defaults',
      '--auth-root-authentication-method=socket',
      '--skip-test-db',
      '--force',
    ] as const,
    serve: ['env', 'TZ=America/New_York', 'mariadbd', '--no-defaults'] as const,
    initialSql: [],
    client: ['mariadb'] as const,
  })
  const { server, stop } = await startOwnMariadb({ programs })
  const { host, port, user, password, database: name } = server
  const connection = await createConnection({ host, port, user, password, database: name })
  try {
    expect(await expectServersOffsets(connection, 'SYSTEM')).toBeGreaterThan(100)
  } finally {
    await connection.end()
    await stop()
  }
})

test('a local time that a clock skips has no offset', () => {
  const offsetAt = offsetsOf([
    { second: Number.NEGATIVE_INFINITY, offset: 3600 },
    { second: 100_000, offset: 7200 },
    { second: 200_000, offset: 3600 },
  ])
  const [skipped, repeated] = [100_000 + 3600, 200_000 + 3600]
  expect([skipped - 1, skipped, skipped + 3599, skipped + 3600].map(offsetAt)).toEqual([3600, NaN, NaN, 7200])
  expect([repeated - 1, repeated, repeated + 3599, repeated + 3600].map(offsetAt)).toEqual([
    7200,
    NaN,
    NaN,
    3600,
  ])
})

const VARIABLES = "SHOW SESSION VARIABLES WHERE Variable_name NOT IN ('timestamp', 'statement_id')"

/** The columns at and local of a query that is exported as Parquet in a zone, in microseconds of UTC and as shown. */
async function exported(zone: string, where: string) {
  const session = await openDatabase(serverUrl(database)).connect('batchquery zones-test')
  try {
    await session.execute(`SET time_zone = '${zone}'`, 0)
    const sql = `SELECT id, at, CAST(at AS DATETIME(6)) AS local FROM times WHERE ${where} ORDER BY id`
    // The first export chooses the character set of results.
    await collect(session, 'SELECT 1 AS x', { format: 'PARQUET' })
    const before = await session.execute(VARIABLES, 2000)
    const { bytes } = await collect(session, sql, { format: 'PARQUET' })
    expect(await session.execute(VARIABLES, 2000)).toEqual(before)
    using duckdb = await DuckdbWitness.open(bytes)
    return (await duckdb.query('SELECT epoch_us("at"), epoch_us(local), typeof("at") FROM FILE')).map(String)
  } finally {
    await session.close()
  }
}

test('TIMESTAMP columns are exported in UTC when the session has another zone', async () => {
  await admin.query("SET time_zone = '+00:00'")
  await admin.query('CREATE TABLE times (id INT, at TIMESTAMP(6) NULL)')
  await admin.query(
    "INSERT INTO times VALUES (1, '2024-07-01 12:00:00.25'), (2, '2024-01-01 00:00:00'), (3, NULL), (4, '2024-10-27 00:30:00'), (5, '2024-03-31 01:00:00')",
  )
  const at = (text: string): number => Date.parse(`${text}Z`) * 1000
  const [summer, winter, spring] = [
    at('2024-07-01T12:00:00.25'),
    at('2024-01-01T00:00:00'),
    at('2024-03-31T01:00:00'),
  ]
  const type = 'TIMESTAMP WITH TIME ZONE'
  for (const [zone, inSummer, inWinter] of [
    ['Europe/Berlin', 7200, 3600],
    ['-03:30', -12_600, -12_600],
    ['UTC', 0, 0],
  ] as const)
    expect(await exported(zone, 'id <> 4')).toEqual([
      `${summer},${summer + inSummer * 1e6},${type}`,
      `${winter},${winter + inWinter * 1e6},${type}`,
      `,,${type}`,
      `${spring},${spring + inSummer * 1e6},${type}`,
    ])
  await expect(exported('Europe/Berlin', 'id > 3')).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringContaining(
      'column "at", row 1: the value "2024-10-27 02:30:00.000000" cannot become UTC',
    ),
    hint: expect.stringContaining("SET time_zone = '+00:00'"),
  })
})

test('a change of the zone counts, however a statement makes it', async () => {
  await admin.query("CREATE PROCEDURE to_five() SET time_zone = '+05:00'")
  await admin.query(
    "CREATE FUNCTION to_six() RETURNS INT NO SQL BEGIN SET time_zone = '+06:00'; RETURN 1; END",
  )
  const session = await openDatabase(serverUrl(database)).connect('batchquery zones-test')
  const changes = [
    "SET time_zone = '+04:00'",
    'CALL to_five()',
    'SELECT to_six()',
    "SET session_track_system_variables = '', time_zone = '+07:00'",
    'CALL to_five()',
  ]
  for (const change of changes) {
    await session.execute(change, 0)
    const { bytes } = await collect(session, 'SELECT at FROM times WHERE id = 2', { format: 'PARQUET' })
    using duckdb = await DuckdbWitness.open(bytes)
    expect(
      String(await duckdb.query('SELECT "at" = TIMESTAMPTZ \'2024-01-01 00:00:00Z\' FROM FILE')),
      change,
    ).toBe('true')
  }
  await session.close()
})

test.each([
  "SET STATEMENT time_zone = '+05:00' FOR SELECT at FROM times",
  "SELECT /*+ SET_VAR(sort_buffer_size = 16M) SET_VAR( time_zone = '+05:00') */ at FROM times",
])('a query that sets its own zone is refused: %s', async sql => {
  const session = await openDatabase(serverUrl(database)).connect('batchquery zones-test')
  await expect(collect(session, sql, { format: 'PARQUET' })).rejects.toThrow(
    'the query sets its own time_zone',
  )
  await session.close()
})
