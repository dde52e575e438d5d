import { afterAll, afterEach, describe, expect, inject, test } from 'vitest'
import { fanOutDefinition } from '../../../../batchquery-cdk/src/construct/fan-out-states.ts'
import { adminConnection, freshDatabase, runAsAdmin } from '../../setup/mariadb-client.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { adminClient, openUploads } from '../../setup/s3-client.ts'
import { StatesServer } from '../../states/states-server.ts'
import { documentOf } from '../workspace.ts'
import { stage } from './stage.ts'

const { ecs, bucket, environment, workspace, define, keys } = await stage()
const { region } = inject('s3')
const states = await StatesServer.start(region, ecs.url)
afterAll(() => states.stop())
afterEach(() => states.reset())
const stateMachine = states.create('batchquery-machines', {
  ...fanOutDefinition({
    cluster: 'batchquery-fg',
    taskDefinition: 'batchquery',
    container: 'batchquery',
    subnets: ['subnet-1'],
    securityGroups: ['sg-1'],
    assignPublicIp: true,
  }),
})

const ROWS = 100_000
const YAML = `fargate: { subnets: [subnet-1], securityGroups: [sg-1], assignPublicIp: true, cluster: batchquery-fg, taskDefinition: batchquery, stateMachine: '${stateMachine}' }`

/** A database with rows, and the environment of a container that reads it. */
interface Source {
  readonly database: string
  readonly variables: Readonly<Record<string, string>>
}

async function postgres(): Promise<Source> {
  const database = await freshPostgresDatabase()
  const admin = await adminPg(database)
  await admin.query(
    `CREATE TABLE t (id int PRIMARY KEY, v text);
     INSERT INTO t SELECT s, repeat(chr(97 + s % 26), s % 90) FROM generate_series(1, ${ROWS}) s`,
  )
  await admin.query('VACUUM ANALYZE t')
  await admin.end()
  const { port, user, password, caFile } = inject('postgres')
  const tls = `sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`
  const url = `postgres://${user}@localhost:${port}/${database}?${tls}`
  return { database, variables: { BATCHQUERY_DATABASE: url, PGPASSWORD: password } }
}

async function mariadb(): Promise<Source> {
  const database = await freshDatabase()
  await runAsAdmin(
    `CREATE TABLE ${database}.t (id INT PRIMARY KEY, v VARCHAR(100))`,
    `INSERT INTO ${database}.t SELECT seq, REPEAT(CHAR(97 + seq % 26), seq % 90) FROM seq_1_to_${ROWS}`,
    `ANALYZE TABLE ${database}.t`,
  )
  const { port, user, password } = inject('mariadb')
  const url = `mysql://${user}@127.0.0.1:${port}/${database}`
  return { database, variables: { BATCHQUERY_DATABASE: url, MYSQL_PWD: password } }
}

const SERVERS = {
  postgres: { prepare: postgres, clause: 'PARALLEL 2', level: 'snapshot' },
  mariadb: { prepare: mariadb, clause: 'PARALLEL 2 CONSISTENCY NONE', level: 'none' },
} as const

/** The sessions in the database of the run that the server still has. */
const SESSIONS = {
  postgres: async (database: string): Promise<unknown> => {
    const admin = await adminPg()
    const { rows } = await admin.query('SELECT pid FROM pg_stat_activity WHERE datname = $1', [database])
    await admin.end()
    return rows
  },
  mariadb: async (database: string): Promise<unknown> => {
    const admin = await adminConnection()
    const [rows] = await admin.query('SELECT id FROM information_schema.processlist WHERE db = ?', [database])
    await admin.end()
    return rows
  },
}

async function lines(prefix: string): Promise<string> {
  const texts = (await keys(prefix)).map(async Key => {
    const { Body } = await adminClient().getObject({ Bucket: bucket, Key })
    return (await Body?.transformToString()) ?? ''
  })
  return (await Promise.all(texts)).join('').split('\n').sort().join('\n')
}

describe.each(['postgres', 'mariadb'] as const)('--tasks on %s', server => {
  const { prepare, clause, level } = SERVERS[server]

  test('publishes the rows of one session, read by several machines', async () => {
    const { database, variables } = await prepare()
    define({ environment: { ...variables, AWS_ENDPOINT_URL_SFN: states.url } })
    const here = await workspace(YAML)
    const id = `many-${server}`
    const to = (name: string) => `s3://${bucket}/output/${server}-${name}`
    await here.write(
      't.sql',
      `SELECT * FROM t INTO OUTFILE S3 '${to('one')}';\nSELECT * FROM t INTO OUTFILE S3 '${to('many')}' ${clause} MANIFEST ON;\n`,
    )
    const ran = await here.run(['run', './t.sql', '--run-id', id, '--tasks', '4', '--json'], { environment })
    expect(ran.code, ran.stderr).toBe(0)
    const [one, many] = documentOf(ran).exports
    expect(many).toMatchObject({ rows: ROWS, bytes: one.bytes, level })
    expect((await lines(`output/${server}-many.part_`)) === (await lines(`output/${server}-one.part_`))).toBe(
      true,
    )
    expect(ecs.tasks.length).toBe(5)
    expect(states.executions.map(({ status }) => status)).not.toContain('RUNNING')
    expect(await openUploads(bucket)).toEqual([])
    expect(await SESSIONS[server](database)).toEqual([])
  })

  test('publishes all rows when a machine dies, and another one takes its place', async () => {
    const { database, variables } = await prepare()
    define({ environment: { ...variables, AWS_ENDPOINT_URL_SFN: states.url } })
    const here = await workspace(YAML)
    const id = `killed-${server}`
    await here.write('t.sql', `SELECT * FROM t INTO OUTFILE S3 's3://${bucket}/output/${id}' ${clause};\n`)
    const started = here.start(['run', './t.sql', '--run-id', id, '--tasks', '2', '--json'], { environment })
    await expect.poll(() => keys(`runs/${id}/exports/0001-0001/claim-`)).not.toEqual([])
    ecs.tasks.at(-1)?.kill()
    const ended = await started.ended
    expect(ended.code, ended.stderr).toBe(0)
    const [{ rows }] = documentOf(ended).exports
    expect(rows).toBe(ROWS)
    expect((await lines(`output/${id}.part_`)).split('\n').filter(line => line !== '')).toHaveLength(ROWS)
    expect(await openUploads(bucket)).toEqual([])
    expect(await SESSIONS[server](database)).toEqual([])
  })

  test('ends all machines and leaves nothing when the coordinator dies', async () => {
    const { database, variables } = await prepare()
    define({ environment: { ...variables, AWS_ENDPOINT_URL_SFN: states.url } })
    const here = await workspace(YAML)
    const id = `headless-${server}`
    await here.write('t.sql', `SELECT * FROM t INTO OUTFILE S3 's3://${bucket}/output/${id}' ${clause};\n`)
    const shell = { ...environment, AWS_ENDPOINT_URL_SFN: states.url }
    const started = here.start(['run', './t.sql', '--run-id', id, '--tasks', '2'], { environment: shell })
    await expect.poll(() => keys(`runs/${id}/exports/0001-0001/claim-`)).not.toEqual([])
    ecs.tasks[0]?.kill()
    const ended = await started.ended
    expect(ended.code, ended.stderr).not.toBe(0)
    expect(ended.stderr).toMatch(/^error: run \S+ was killed/m)
    expect(states.executions.map(({ status }) => status)).not.toContain('RUNNING')
    await Promise.all(ecs.tasks.map(({ stopped }) => stopped))
    expect(await keys(`output/${id}`)).toEqual([])
    expect(await openUploads(bucket)).toEqual([])
    await expect.poll(() => SESSIONS[server](database)).toEqual([])
  })

  test('ends machines that hang and leaves nothing when the run is cancelled', async () => {
    const { database, variables } = await prepare()
    define({ environment: { ...variables, AWS_ENDPOINT_URL_SFN: states.url }, stopTimeoutMs: 1_000 })
    const here = await workspace(YAML)
    const id = `cancelled-${server}`
    await here.write('t.sql', `SELECT * FROM t INTO OUTFILE S3 's3://${bucket}/output/${id}' ${clause};\n`)
    const started = here.start(['run', './t.sql', '--run-id', id, '--tasks', '2'], { environment })
    await expect.poll(() => keys(`runs/${id}/exports/0001-0001/claim-`)).not.toEqual([])
    const [, ...machines] = ecs.tasks
    for (const machine of machines) machine.freeze()
    started.signal('SIGINT')
    const ended = await started.ended
    expect(ended.code, ended.stderr).toBe(130)
    expect(states.executions.map(({ status }) => status)).not.toContain('RUNNING')
    await Promise.all(ecs.tasks.map(({ stopped }) => stopped))
    expect(await keys(`output/${id}`)).toEqual([])
    expect(await openUploads(bucket)).toEqual([])
    expect(await SESSIONS[server](database)).toEqual([])
  })
})

test('--tasks needs CONSISTENCY NONE on MariaDB, whose sessions must begin under a lock', async () => {
  const { variables } = await mariadb()
  define({ environment: { ...variables, AWS_ENDPOINT_URL_SFN: states.url } })
  const here = await workspace(YAML)
  await here.write('t.sql', `SELECT * FROM t INTO OUTFILE S3 's3://${bucket}/output/refused' PARALLEL 2;\n`)
  const ran = await here.run(['run', './t.sql', '--run-id', 'refused', '--tasks', '2'], { environment })
  expect(ran.code).toBe(1)
  expect(ran.stderr).toContain('sessions of several machines cannot share a moment')
  expect(ran.stderr).toMatch(/^hint: Write CONSISTENCY NONE after PARALLEL, and read a source that does not/m)
  expect(states.executions).toEqual([])
})

test('--tasks needs a state machine, which batchquery-cdk creates', async () => {
  const here = await workspace()
  await here.write('t.sql', `SELECT 1 INTO OUTFILE S3 's3://${bucket}/output/none' PARALLEL 2;\n`)
  const ran = await here.run(['run', './t.sql', '--run-id', 'without', '--tasks', '2'], { environment })
  expect(ran.stderr).toMatch(
    /^error: --tasks 2 needs a state machine, and none is configured\nhint: Create it/m,
  )
  expect(ecs.tasks).toEqual([])
})
