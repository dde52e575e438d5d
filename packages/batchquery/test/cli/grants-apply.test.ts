import { randomBytes } from 'node:crypto'
import type { RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest'
import { AwsServer } from '../aws/aws-server.ts'
import { DataApiStandIn } from '../aws/data-api.ts'
import { stackDocument } from '../aws/stack-document.ts'
import { adminConnection, freshDatabase, runAsAdmin } from '../setup/mariadb-client.ts'
import { adminPg, freshPostgresDatabase, makeRdsIam } from '../setup/postgres-client.ts'
import { Workspace } from './workspace.ts'

const ARN = 'arn:aws:rds:us-east-1:123456789012:cluster:'
const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!admin-AbCdEf'

const aws = await AwsServer.start()
const api = await DataApiStandIn.start()
afterAll(() => {
  aws.stop()
  api.stop()
})
beforeEach(() => {
  api.asked.length = 0
  api.refusals = []
})

const environment = {
  ...aws.environment,
  AWS_ENDPOINT_URL_RDS_DATA: api.url,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'none',
}

/** A stack that has made one database. */
function deploy(name: string, url: string, engine: string): void {
  const { settings } = JSON.parse(stackDocument('b'))
  const clusters = { main: { arn: `${ARN}${name}`, engine, engineVersion: '3.10.1', adminSecret: SECRET } }
  const document = stackDocument('b', { settings: { ...settings, databases: { main: { url } } }, clusters })
  aws.account.parameters.set('/batchquery/batchquery', document)
}

const apply = async (...more: string[]) =>
  (await Workspace.create()).run(['grants', '--apply', '--stack', 'batchquery', ...more], { environment })

const unique = (): string => `applied_${randomBytes(4).toString('hex')}`

/** Replaces statements that only Aurora has by those of MariaDB. */
const inMariadb = (sql: string): string =>
  sql
    .replace("IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'", 'IDENTIFIED VIA unix_socket')
    .replace(/^SET DEFAULT ROLE (\S+) TO /, 'SET DEFAULT ROLE $1 FOR ')

async function mariadbCluster(): Promise<{ readonly user: string; readonly database: string }> {
  const [user, database] = [unique(), await freshDatabase()]
  await runAsAdmin('CREATE ROLE IF NOT EXISTS AWS_SELECT_S3_ACCESS')
  onTestFinished(() => runAsAdmin(`DROP USER IF EXISTS ${user}`))
  api.clusters.set(`${ARN}${user}`, {
    secret: SECRET,
    isEnabled: true,
    run: sql => runAsAdmin(inMariadb(sql)),
  })
  deploy(user, `mysql://${user}@db.example.com/${database}?auth=iam&region=us-east-1`, 'aurora-mysql')
  return { user, database }
}

async function mariadbGrants(user: string): Promise<string> {
  const connection = await adminConnection()
  onTestFinished(() => connection.end())
  const [rows] = await connection.query<RowDataPacket[]>(`SHOW GRANTS FOR ${user}`)
  return rows.map(row => Object.values(row).join()).join('\n')
}

describe('grants --apply by the RDS Data API', () => {
  test('makes a user of MySQL, logs each statement, and may be repeated', async () => {
    const { user, database } = await mariadbCluster()
    for (const _ of [1, 2]) {
      const ran = await apply()
      expect(ran).toMatchObject({ code: 0, stdout: 'applied 5 statements\n' })
      for (const sql of api.asked) expect(ran.stderr).toContain(`${sql};\n`)
    }
    expect(api.asked).toHaveLength(10)
    const granted = await mariadbGrants(user)
    expect(granted).toMatch(/REQUIRE SSL/)
    expect(granted.replaceAll('\\', '')).toContain(`GRANT SELECT ON \`${database}\`.*`)
    expect(granted).toMatch(/AWS_SELECT_S3_ACCESS/i)
  })

  test('makes a role of PostgreSQL, and may be repeated', async () => {
    const [user, database] = [unique(), await freshPostgresDatabase()]
    const client = await adminPg(database)
    await makeRdsIam(client)
    onTestFinished(async () => {
      await client.query(`DROP OWNED BY ${user}; DROP ROLE ${user}`)
      await client.end()
    })
    api.clusters.set(`${ARN}${user}`, {
      secret: SECRET,
      isEnabled: true,
      async run(sql, chosen) {
        expect(chosen).toBe(database)
        await client.query(sql)
      },
    })
    deploy(user, `postgres://${user}@db.example.com/${database}?auth=iam&region=us-east-1`, 'aurora-postgres')
    for (const _ of [1, 2]) expect(await apply('-d', 'main')).toMatchObject({ code: 0 })
    const { rows } = await client.query(
      `SELECT rolcanlogin AS login, pg_has_role('${user}', 'rds_iam', 'member') AS iam FROM pg_roles WHERE rolname = '${user}'`,
    )
    expect(rows).toEqual([{ login: true, iam: true }])
  })

  test('waits for a cluster that resumes', async () => {
    await mariadbCluster()
    api.refusals = [{ name: 'DatabaseResumingException', message: 'The cluster is resuming.' }]
    expect(await apply()).toMatchObject({ code: 0 })
    expect(api.asked).toHaveLength(5)
  })

  test('names the statement that fails, and runs none after it', async () => {
    const { user } = await mariadbCluster()
    const ran = await apply('--schema', 'x'.repeat(64), '--user', `${user}`, '--for', 'aurora-mysql-2')
    expect(ran.code).not.toBe(0)
    expect(ran.stderr).toMatch(/^error: Cannot apply statement 4 of 4, GRANT SELECT INTO S3 ON .*SQL syntax/m)
    expect(api.asked).toHaveLength(4)
  })

  test.each([
    ['HttpEndpointNotEnabledException', 'enableDataApi: true'],
    ['AccessDeniedException', 'rds-data:ExecuteStatement'],
    ['SecretsErrorException', 'secretsmanager:GetSecretValue'],
  ])('has a hint for %s', async (name, hint) => {
    await mariadbCluster()
    api.refusals = [{ name, message: 'not here' }]
    const ran = await apply()
    expect(ran.code).not.toBe(0)
    expect(ran.stderr).toMatch(/^error: Cannot apply statement 1 of 5, CREATE USER/m)
    expect(ran.stderr).toContain(hint)
  })

  test('takes cluster and secret from options', async () => {
    const { user, database } = await mariadbCluster()
    const workspace = await Workspace.create()
    const options = ['--for', 'aurora-mysql-3', '--user', user, '--schema', database]
    const line = ['grants', '--apply', ...options, '--cluster', `${ARN}${user}`, '--admin-secret', SECRET]
    expect(await workspace.run(line, { environment })).toMatchObject({ code: 0 })
    expect(await workspace.run(line.slice(0, -2), { environment })).toMatchObject({ code: 2 })
  })
})

describe('grants --apply by a URL', () => {
  test('makes a role of PostgreSQL as the administrator of the URL, and may be repeated', async () => {
    const { port, user: admin, password, caFile } = inject('postgres')
    const [user, database] = [unique(), await freshPostgresDatabase()]
    const client = await adminPg(database)
    await makeRdsIam(client)
    onTestFinished(async () => {
      await client.query(`DROP OWNED BY ${user}; DROP ROLE ${user}`)
      await client.end()
    })
    const url = `postgres://${admin}@localhost:${port}/${database}?sslmode=verify-full&sslrootcert=${caFile}`
    const workspace = await Workspace.create()
    const line = ['grants', '--apply', '-d', url, '--user', user]
    for (const _ of [1, 2]) {
      const ran = await workspace.run(line, { environment: { PGPASSWORD: password } })
      expect(ran).toMatchObject({ code: 0, stdout: 'applied 6 statements\n' })
      expect(ran.stderr).not.toContain(password)
    }
    const self = await workspace.run(['grants', '--apply', '-d', url, '--user', admin])
    expect(self).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('and -d logs in as the same user'),
    })
  })

  test('names the statement that MariaDB, which has no tokens, refuses', async () => {
    const { port, user: admin, password, caFile } = inject('mariadb')
    const url = `mysql://${admin}@localhost:${port}/db01?sslmode=verify-full&sslrootcert=${caFile}`
    const workspace = await Workspace.create()
    const database = await freshDatabase()
    const line = ['grants', '--apply', '-d', url.replace('db01', database), '--user', unique()]
    const ran = await workspace.run(line, { environment: { MYSQL_PWD: password } })
    expect(ran.code).not.toBe(0)
    expect(ran.stderr).toMatch(/^error: Cannot apply statement 1 of 5, CREATE USER IF NOT EXISTS/m)
    expect(ran.stderr).not.toContain(password)
  })
})

test('grants --apply refuses when neither a stack nor a URL names the administrator', async () => {
  const workspace = await Workspace.create()
  const ran = await workspace.run(['grants', '--apply', '--for', 'rds-mysql', '--schema', 'db01'])
  expect(ran).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('needs the login of an administrator'),
  })
})
