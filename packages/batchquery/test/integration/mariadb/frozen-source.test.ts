import { type Connection, createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MYSQL_PARALLEL_READS as READS } from '../../../src/database/mysql/parallel/parallel-reads.ts'
import { type MariadbServer, type RunningMariadb, startOwnMariadb } from '../../setup/mariadb.ts'
import { keepBusy } from '../mysql/busy-server.ts'
import { readInParallel, request } from '../mysql/parallel-reads.ts'
import { openDatabase } from '../mysql/session.ts'

const QUERY = 'SELECT id, n FROM test.t'
const ROWS = 2_000
const NUMBERED = ['--log-bin=binlog', '--log-slave-updates']

let primary: RunningMariadb
let replica: RunningMariadb
let writer: Connection
let copy: Connection

const admin = ({ host, port, user, password }: MariadbServer): Promise<Connection> =>
  createConnection({ host, port, user, password, database: 'test' })

beforeAll(async () => {
  primary = await startOwnMariadb({ settings: [...NUMBERED, '--server-id=1'] })
  replica = await startOwnMariadb({ settings: [...NUMBERED, '--server-id=2'] })
  writer = await admin(primary.server)
  copy = await admin(replica.server)
  const { host, port, user, password } = primary.server
  const [[{ position }]] = (await writer.query('SELECT @@GLOBAL.gtid_binlog_pos AS position')) as unknown as [
    [{ position: string }],
  ]
  for (const sql of [
    `SET GLOBAL gtid_slave_pos = '${position}'`,
    `CHANGE MASTER TO MASTER_HOST = '${host}', MASTER_PORT = ${port}, MASTER_USER = '${user}', MASTER_PASSWORD = '${password}', MASTER_USE_GTID = slave_pos`,
    'START SLAVE',
  ])
    await copy.query(sql)
  for (const sql of [
    'CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL)',
    `INSERT INTO t SELECT seq, 0 FROM seq_1_to_${ROWS}`,
    "CREATE USER reads_only IDENTIFIED BY 'reads-only'",
    'GRANT SELECT ON test.* TO reads_only',
  ])
    await writer.query(sql)
})

afterAll(async () => {
  await writer?.end()
  await copy?.end()
  await replica?.stop()
  await primary?.stop()
})

const reader = ({ port, caFile }: MariadbServer): string =>
  `mysql://reads_only:reads-only@localhost:${port}/test?sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`

/** Writes to the primary until it is stopped. All rows have the same number at any moment. */
function write(): { stop(): Promise<void> } {
  let isStopped = false
  const writing = (async () => {
    while (!isStopped) await writer.query('UPDATE t SET n = n + 1')
  })()
  return {
    stop: () => {
      isStopped = true
      return writing
    },
  }
}

test('a stopped replica is one moment for a user who may not lock, while its primary goes on', async () => {
  const writing = write()
  try {
    // The user comes last.
    await expect
      .poll(
        async () =>
          (await copy.query("SELECT COUNT(*) AS users FROM mysql.user WHERE User = 'reads_only'"))[0],
      )
      .toEqual([{ users: 1 }])
    await expect
      .poll(async () => (await copy.query('SELECT MAX(n) > 3 AS is_on FROM t'))[0])
      .toEqual([{ is_on: 1 }])
    await copy.query('STOP SLAVE SQL_THREAD')
    const { ranges, moment } = await readInParallel('test', request(QUERY), { url: reader(replica.server) })
    expect(moment).toEqual({ level: 'snapshot', at: expect.stringMatching(/^frozen source at LSN \d+$/) })
    const rows = ranges.flat().map(row => row.split('|'))
    expect(new Set(rows.map(([id]) => id)).size).toBe(ROWS)
    expect(new Set(rows.map(([, n]) => n)).size).toBe(1)
  } finally {
    await writing.stop()
  }
})

test('a replica that goes on while it is read fails the export, and says so', async () => {
  const reading = readInParallel('test', request(QUERY), {
    url: reader(replica.server),
    opened: async () => {
      await copy.query('START SLAVE SQL_THREAD')
      await writer.query('UPDATE t SET n = n + 1')
      const [last] = await writer.query('SELECT MAX(n) AS n FROM t')
      await expect.poll(async () => (await copy.query('SELECT MAX(n) AS n FROM t'))[0]).toEqual(last)
    },
  })
  await expect(reading).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringContaining('PARALLEL: the source is not frozen any more'),
    hint: expect.stringContaining('LOCK TABLES'),
  })
})

test('a server to which transactions are written is refused for a user who may not lock', async () => {
  const { stop } = await keepBusy(() => admin(primary.server))
  const reading = readInParallel('test', request(QUERY), { url: reader(primary.server) }).finally(stop)
  await expect(reading).rejects.toMatchObject({
    code: 'PERMISSION',
    message: expect.stringContaining('the source is not frozen: transactions are written to it: LSN'),
    hint: expect.stringContaining('GRANT LOCK TABLES'),
  })
})

test('a commit changes the position, and so does the commit of what was written before', async () => {
  const position = async (): Promise<string | null> => {
    const session = await openDatabase(reader(primary.server)).connect('batchquery frozen-test')
    try {
      return (await READS.frozenPosition(session)).position
    } finally {
      await session.close()
    }
  }
  const open = await admin(primary.server)
  await open.beginTransaction()
  await open.query('INSERT INTO t VALUES (-1, 0)')
  const positions = [await position()]
  await open.commit()
  positions.push(await position())
  await writer.query('UPDATE t SET n = n + 1 WHERE id = -1')
  positions.push(await position())
  await open.end()
  expect(positions.every(found => /^LSN \d+$/.test(found ?? ''))).toBe(true)
  expect(new Set(positions).size).toBe(3)
  // The server may still remove old versions of rows for a while.
  let last = await position()
  await expect
    .poll(async () => {
      const before = last
      last = await position()
      return last === before
    })
    .toBe(true)
})
