import { randomBytes } from 'node:crypto'
import { expect, inject, onTestFinished, test } from 'vitest'
import { grantStatements } from '../../../src/sql/grants.ts'
import { adminConnection, freshDatabase, isMariadb } from '../../setup/mariadb-client.ts'
import { adminPg, freshPostgresDatabase, makeRdsIam } from '../../setup/postgres-client.ts'

const NAMES = [
  'plain',
  'a$batchquery$',
  'a b',
  "it's",
  '"',
  '`',
  '\\',
  'x`@`%` REQUIRE NONE; --',
  'é',
  '%',
  '_',
  'a\nb',
]

const unique = (name: string): string => `${name}${randomBytes(4).toString('hex')}`

const namesOn = (dialect: 'mysql' | 'postgres') => (inject('dialects').includes(dialect) ? NAMES : [])

test.each(namesOn('mysql'))(
  'MySQL: the user %j may read the database that is named, and no other',
  async name => {
    const connection = await adminConnection()
    onTestFinished(() => connection.end())
    const user = unique(name)
    const database = `${await freshDatabase()}_x`
    const other = database.replace(/_x$/, 'yx')
    for (const each of [database, other]) {
      await connection.query(`CREATE DATABASE ${each}`)
      await connection.query(`CREATE TABLE ${each}.t AS SELECT 7 AS n`)
      onTestFinished(async () => void (await connection.query(`DROP DATABASE ${each}`)))
    }
    const [create, ...more] = grantStatements({
      server: (await isMariadb()) ? 'rds-mariadb' : 'rds-mysql',
      user,
      database,
      schema: '',
      native: false,
    })
    // Only RDS has the plugin: all else of the statement is understood.
    await expect(connection.query(create?.sql ?? '')).rejects.toMatchObject({ errno: 1524 })
    const [account] = /`(``|[^`])*`@`%`/.exec(create?.sql ?? '') ?? []
    await connection.query(`CREATE USER ${account} IDENTIFIED BY 'secret-of-grants'`)
    onTestFinished(async () => void (await connection.query(`DROP USER ${account}`)))
    for (const { sql } of more) await connection.query(sql)

    const granted = await adminConnection({ user, password: 'secret-of-grants', database })
    onTestFinished(() => granted.end())
    expect((await granted.query('SELECT n FROM t'))[0]).toEqual([{ n: 7 }])
    await expect(granted.query(`SELECT n FROM ${other}.t`)).rejects.toMatchObject({ errno: 1142 })
    await expect(
      adminConnection({ user, password: 'secret-of-grants', ssl: undefined }),
    ).rejects.toMatchObject({ errno: 1045 })
  },
)

test.each(namesOn('postgres'))(
  'PostgreSQL: the role %j may read the schema that is named, and no other',
  async name => {
    const database = await freshPostgresDatabase()
    const client = await adminPg(database)
    await makeRdsIam(client)
    const [user, schema] = [unique(name), unique(name)]
    const quotedSchema = client.escapeIdentifier(schema)
    await client.query(
      `CREATE SCHEMA ${quotedSchema}; CREATE TABLE ${quotedSchema}.t AS SELECT 7 AS n; CREATE TABLE public.t AS SELECT 8 AS n`,
    )
    onTestFinished(async () => {
      await client.query(
        `RESET ROLE; DROP OWNED BY ${client.escapeIdentifier(user)}; DROP ROLE ${client.escapeIdentifier(user)}`,
      )
      await client.end()
    })
    for (const { sql } of grantStatements({ server: 'postgres', user, database, schema, native: false }))
      await client.query(sql)
    await client.query(`CREATE TABLE ${quotedSchema}.later AS SELECT 9 AS n`)
    await client.query(`SET ROLE ${client.escapeIdentifier(user)}`)
    expect(
      (
        await client.query(
          `SELECT (SELECT n FROM ${quotedSchema}.t) + (SELECT n FROM ${quotedSchema}.later) AS n`,
        )
      ).rows,
    ).toEqual([{ n: 16 }])
    await expect(client.query('SELECT n FROM public.t')).rejects.toMatchObject({ code: '42501' })
  },
)
