import type { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { askSession } from '../../../src/database/ask-session.ts'
import type { Session } from '../../../src/database/database.ts'
import type { Moment, MomentOpening, ReadsRequest } from '../../../src/database/parallel-reads.ts'
import { POSTGRES_PARALLEL_READS as READS } from '../../../src/database/postgres/parallel/parallel-reads.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { readInParallel, request } from './parallel-reads.ts'
import { openDatabase, serverUrl } from './session.ts'

let database: string
let admin: Client
const opened: Session[] = []

beforeAll(async () => {
  database = await freshPostgresDatabase()
  admin = await adminPg(database)
  await admin.query(`
    CREATE TABLE orders (id int PRIMARY KEY, shop int);
    CREATE TABLE events (id int) PARTITION BY RANGE (id);
    CREATE TABLE events_a PARTITION OF events FOR VALUES FROM (0) TO (1000);
    CREATE TABLE events_b PARTITION OF events FOR VALUES FROM (1000) TO (2000);
    CREATE TABLE events_c (id int);
    INSERT INTO events_c SELECT generate_series(2000, 2999);
    INSERT INTO events SELECT generate_series(0, 1999)`)
})

beforeEach(async () => {
  await admin.query(
    'TRUNCATE orders; INSERT INTO orders SELECT i, i % 7 FROM generate_series(1, 5000) i; ANALYZE orders',
  )
})

afterAll(async () => {
  await admin?.end()
})

const QUERY = 'SELECT id FROM orders'

async function connect(): Promise<Session> {
  const session = await openDatabase(serverUrl(database)).connect('batchquery moment-test')
  opened.push(session)
  return session
}

/** Gives a test a task's session, and closes all sessions that it opens. */
async function withTask(work: (task: Session) => Promise<void>): Promise<void> {
  try {
    await work(await connect())
  } finally {
    await Promise.all(opened.splice(0).map(session => session.close()))
  }
}

const noReaders = async () => {}

async function open(
  session: Session,
  wanted: ReadsRequest,
  { readers = noReaders, ...more }: Partial<MomentOpening> = {},
): Promise<Moment> {
  const plan = await READS.plan(session, wanted)
  const signal = new AbortController().signal
  return READS.openMoment({
    session,
    plan,
    request: wanted,
    connect,
    readers,
    signal,
    note: () => {},
    ...more,
  })
}

/** A reader of the moment. */
async function begin(statements: readonly string[]): Promise<Session> {
  const reader = await connect()
  for (const statement of statements) await reader.execute(statement, 0)
  return reader
}

const count = async (reader: Session, query = QUERY) => {
  const { results } = await reader.execute(query, 0)
  return results[0].rowCount
}

test('all readers see the moment in which it was opened', async () => {
  const { ranges, moment } = await readInParallel(database, request(QUERY), {
    opened: async () => {
      await admin.query(
        'DELETE FROM orders WHERE id % 2 = 0; INSERT INTO orders SELECT generate_series(5001, 9000), 1',
      )
      await admin.query('UPDATE orders SET id = id + 100000')
    },
  })
  expect(
    ranges
      .flat()
      .map(Number)
      .sort((a, b) => a - b),
  ).toEqual(Array.from({ length: 5000 }, (_, at) => at + 1))
  expect(moment.at).toMatch(/^snapshot [0-9A-F]+-[0-9A-F]+-\d+ at [0-9A-F]+\/[0-9A-F]+$/)
})

test('the readers see what the transaction of the task sees', async () => {
  for (const mode of ['REPEATABLE READ', 'REPEATABLE READ READ ONLY', 'SERIALIZABLE READ ONLY'])
    await withTask(async task => {
      await task.execute(`BEGIN ISOLATION LEVEL ${mode}`, 0)
      const before = await count(task)
      await admin.query('DELETE FROM orders WHERE id IN (SELECT min(id) FROM orders)')
      const { ranges } = await readInParallel(database, request(QUERY), { session: task })
      expect(ranges.flat()).toHaveLength(before)
      expect(await askSession(task, 'SELECT count(*) FROM orders')).toEqual([[String(before)]])
      await task.execute('COMMIT', 0)
    })
})

test('a transaction that sees each change is not the moment', async () => {
  await withTask(async task => {
    await task.execute('BEGIN', 0)
    await count(task)
    await admin.query('DELETE FROM orders WHERE id = 1')
    const { ranges } = await readInParallel(database, request(QUERY), { session: task })
    expect(ranges.flat()).toHaveLength(4999)
    await task.execute('COMMIT', 0)
  })
})

test('a serializable transaction that may write, and a savepoint, are refused', async () => {
  await withTask(async task => {
    await task.execute('BEGIN ISOLATION LEVEL SERIALIZABLE', 0)
    await expect(readInParallel(database, request(QUERY), { session: task })).rejects.toThrow(
      /in a SERIALIZABLE transaction that may write/,
    )
    await task.execute('ROLLBACK', 0)
    await task.execute('BEGIN ISOLATION LEVEL REPEATABLE READ', 0)
    await task.execute('SAVEPOINT a', 0)
    await expect(readInParallel(database, request(QUERY), { session: task })).rejects.toThrow(
      /cannot export a snapshot from a subtransaction/,
    )
    await task.execute('ROLLBACK', 0)
  })
})

test('a moment under NONE promises nothing and opens no session', async () => {
  await withTask(async task => {
    const moment = await open(task, request(QUERY, { consistency: 'NONE' }), {
      connect: () => Promise.reject(new Error('opened a session')),
    })
    expect([moment.level, moment.at, await moment.burden()]).toEqual(['none', null, null])
    await moment.confirm()
    await moment.close()
  })
})

test('nothing truncates or alters a table of the query before the first range is read', async () => {
  await withTask(async task => {
    const readers: Session[] = []
    const moment = await open(task, request(QUERY), {
      readers: async statements => {
        await admin.query(`SET lock_timeout = '100ms'`)
        await expect(admin.query('TRUNCATE orders')).rejects.toThrow(/lock timeout/)
        readers.push(await begin(statements))
      },
    })
    await expect(admin.query('ALTER TABLE orders ADD more int')).rejects.toThrow(/lock timeout/)
    await admin.query('RESET lock_timeout')
    expect(await count(readers[0])).toBe(5000)
    await moment.confirm()
    await moment.close()
    await moment.close()
  })
  await admin.query('TRUNCATE orders')
})

test('a table that was truncated after the snapshot of the transaction is refused', async () => {
  await withTask(async task => {
    await task.execute('BEGIN ISOLATION LEVEL REPEATABLE READ', 0)
    await askSession(task, 'SELECT 1')
    await admin.query('TRUNCATE orders')
    await expect(readInParallel(database, request(QUERY), { session: task })).rejects.toMatchObject({
      code: 'QUERY_FAILED',
      message: expect.stringContaining('orders was truncated or rewritten after the snapshot began'),
    })
  })
})

test('a partition that is attached or detached meanwhile ends the moment', async () => {
  await withTask(async task => {
    const moment = await open(task, request('SELECT id FROM events'))
    await moment.confirm()
    await admin.query('ALTER TABLE events ATTACH PARTITION events_c FOR VALUES FROM (2000) TO (3000)')
    await expect(moment.confirm()).rejects.toThrow(
      /the tables of the query were "public"."events_a", "public"."events_b" and are .*"public"."events_c" now/,
    )
    await moment.close()
    const plan = await READS.plan(task, request('SELECT id FROM events'))
    await admin.query('ALTER TABLE events DETACH PARTITION events_c')
    await expect(open(task, request('SELECT id FROM events'), { plan })).rejects.toThrow(
      /the tables of the query were/,
    )
  })
})

test('a user who may read only some columns, or only a view, opens a moment', async () => {
  await admin.query(`
    CREATE ROLE ${database}_part; GRANT SELECT (id) ON orders TO ${database}_part;
    CREATE VIEW seen AS SELECT id, shop FROM orders; GRANT SELECT ON seen TO ${database}_part;
    CREATE MATERIALIZED VIEW kept AS SELECT id FROM orders; GRANT SELECT ON kept TO ${database}_part`)
  await withTask(async task => {
    await task.execute(`SET ROLE ${database}_part`, 0)
    for (const query of [QUERY, 'SELECT id FROM kept']) {
      const { ranges } = await readInParallel(database, request(query), { session: task })
      expect(ranges.flat()).toHaveLength(5000)
    }
    // The user may not read the statistics of the table behind the view.
    await expect(
      readInParallel(database, request('SELECT shop FROM seen', { by: ['shop'] }), { session: task }),
    ).rejects.toThrow(/no statistics of public.orders \(shop\) that divide its rows/)
  })
  await admin.query(
    `DROP VIEW seen; DROP MATERIALIZED VIEW kept; DROP OWNED BY ${database}_part; DROP ROLE ${database}_part`,
  )
})

test('a holder that is killed ends the moment, with a clear error', async () => {
  await withTask(async task => {
    let holder = ''
    const readers: Session[] = []
    const moment = await open(task, request(QUERY), {
      connect: async () => {
        const session = await connect()
        holder = session.id
        return session
      },
      readers: async statements => {
        readers.push(await begin(statements))
      },
    })
    await admin.query('SELECT pg_terminate_backend($1)', [holder])
    await expect(moment.confirm()).rejects.toMatchObject({ code: 'DATABASE_LOST' })
    await moment.close()
    expect(await count(readers[0])).toBe(5000)
  })
})

test('a holder that is killed before the readers begin leaves no snapshot', async () => {
  await withTask(async task => {
    let holder = ''
    const opening = open(task, request(QUERY), {
      connect: async () => {
        const session = await connect()
        holder = session.id
        return session
      },
      readers: async statements => {
        await admin.query('SELECT pg_terminate_backend($1, 60000)', [holder])
        await begin(statements)
      },
    })
    await expect(opening).rejects.toMatchObject({
      code: 'QUERY_FAILED',
      message: expect.stringMatching(/snapshot/),
    })
  })
})

test('a holder whose transaction another statement ended ends the moment', async () => {
  await withTask(async task => {
    const holders: Session[] = []
    const moment = await open(task, request(QUERY), {
      connect: async () => {
        const holder = await connect()
        holders.push(holder)
        return holder
      },
    })
    await holders[0].execute('COMMIT', 0)
    await expect(moment.confirm()).rejects.toThrow(/the transaction that held snapshot .* has ended/)
    await moment.close()
  })
})

test('limits of the task on idle transactions end neither the holder nor a reader', async () => {
  await withTask(async task => {
    await task.execute(`SET idle_in_transaction_session_timeout = '5s'`, 0)
    await task.execute(`SET idle_session_timeout = '6s'`, 0)
    const { setup } = await READS.state(task, QUERY)
    const sessions: Session[] = []
    const moment = await open(task, request(QUERY), {
      connect: async () => {
        const holder = await connect()
        sessions.push(holder)
        return holder
      },
      readers: async statements => {
        sessions.push(await begin([...setup, ...statements]))
      },
    })
    for (const session of sessions)
      expect(await askSession(session, 'SHOW idle_in_transaction_session_timeout')).toEqual([['0']])
    await moment.close()
  })
})

test('the burden is the age of the snapshot', async () => {
  await withTask(async task => {
    const moment = await open(task, request(QUERY))
    const burden = await moment.burden()
    expect(burden).toMatchObject({ kind: 'age', text: expect.stringMatching(/^age of the snapshot \d+ s$/) })
    await expect.poll(async () => (await moment.burden())?.value).toBeGreaterThan(burden?.value ?? 0)
    await moment.close()
  })
})

test('a table that another session is altering fails the moment, and the signal ends the waiting', async () => {
  const altering = await adminPg(database)
  try {
    await altering.query('BEGIN')
    await withTask(async task => {
      const wanted = request(QUERY)
      const plan = await READS.plan(task, wanted)
      await altering.query('LOCK TABLE orders IN ACCESS EXCLUSIVE MODE')
      const abort = new AbortController()
      const opening = READS.openMoment({
        session: task,
        plan,
        // The state asks for a plan, which would wait for the table, too.
        request: request('SELECT 1'),
        connect,
        readers: noReaders,
        signal: abort.signal,
        note: () => {},
      })
      opening.catch(() => {})
      await expect
        .poll(async () => {
          const { rowCount } = await admin.query(
            `SELECT FROM pg_locks WHERE NOT granted AND relation = 'orders'::regclass`,
          )
          return rowCount
        })
        .toBe(1)
      abort.abort()
      await expect(opening).rejects.toMatchObject({ code: 'CANCELLED' })
    })
  } finally {
    await altering.end()
  }
})

test('the notes say what the moment costs', async () => {
  await withTask(async task => {
    await task.execute(`SET statement_timeout = '90s'`, 0)
    const plan = await READS.plan(task, request(QUERY))
    expect(await READS.checkMoment(task, plan, request(QUERY))).toEqual({
      notes: [
        'One more session holds the snapshot that 2 sessions read, until the last range is complete. VACUUM keeps the rows that the snapshot sees.',
        'Their transactions hold ACCESS SHARE locks on "public"."orders": reads and writes go on, but nothing can alter or truncate these tables.',
        'The server ends the readers after 90 s (statement_timeout).',
      ],
    })
    expect(await READS.checkMoment(task, plan, request(QUERY, { consistency: 'NONE' }))).toEqual({
      notes: [],
    })
  })
})
