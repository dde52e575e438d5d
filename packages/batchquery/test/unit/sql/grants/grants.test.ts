import { expect, test } from 'vitest'
import { allWords } from '../../../../src/sql/dialects/index.ts'
import { GRANTED_SERVERS } from '../../../../src/sql/granted-servers.ts'
import { type GrantRequest, grantScript, grantStatements } from '../../../../src/sql/grants.ts'

const request = (server: GrantRequest['server'], more: Partial<GrantRequest> = {}): GrantRequest => ({
  server,
  user: 'batchquery',
  database: 'db01',
  schema: 'public',
  native: false,
  ...more,
})
const sql = (of: GrantRequest): string[] => grantStatements(of).map(statement => statement.sql)

test('the statements make a user on Aurora MySQL', () => {
  expect(sql(request('aurora-mysql-3'))).toEqual([
    "CREATE USER IF NOT EXISTS `batchquery`@`%` IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'",
    'ALTER USER `batchquery`@`%` REQUIRE SSL',
    'GRANT SELECT ON `db01`.* TO `batchquery`@`%`',
    'GRANT AWS_SELECT_S3_ACCESS TO `batchquery`@`%`',
    'SET DEFAULT ROLE AWS_SELECT_S3_ACCESS TO `batchquery`@`%`',
  ])
  expect(sql(request('aurora-mysql-2')).slice(3)).toEqual(['GRANT SELECT INTO S3 ON *.* TO `batchquery`@`%`'])
})

test.each(['rds-mysql', 'rds-mariadb'] as const)('%s has no export of its own', server => {
  expect(sql(request(server))).toHaveLength(3)
  expect(() => grantStatements(request(server, { native: true }))).toThrow(/no export of its own/)
})

test('the statements make a user on PostgreSQL, with and without its own export', () => {
  expect(sql(request('postgres'))).toEqual([
    'DO $batchquery$ BEGIN CREATE ROLE "batchquery" LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $batchquery$',
    'GRANT rds_iam TO "batchquery"',
    'GRANT CONNECT ON DATABASE "db01" TO "batchquery"',
    'GRANT USAGE ON SCHEMA "public" TO "batchquery"',
    'GRANT SELECT ON ALL TABLES IN SCHEMA "public" TO "batchquery"',
    'ALTER DEFAULT PRIVILEGES IN SCHEMA "public" GRANT SELECT ON TABLES TO "batchquery"',
  ])
  expect(sql(request('postgres', { native: true }))).toContain(
    'CREATE EXTENSION IF NOT EXISTS aws_s3 CASCADE',
  )
})

test.each(GRANTED_SERVERS)(
  'the script for %s has only its statements and comments, also if a name contains line breaks',
  server => {
    const of = request(server, { user: 'a\n; DROP TABLE x --\r`"' })
    const statements = sql(of).map(statement => `${statement};`)
    const withoutStatements = statements.reduce(
      (text, statement) => text.replace(statement, ''),
      grantScript(of),
    )
    for (const line of withoutStatements.split(/[\r\n]/)) expect(line).toMatch(/^(--.*)?$/)
  },
)

test.each([
  ['an empty user', { user: '' }, /--user/],
  ['a user that is too long', { user: 'é'.repeat(17) }, /more than 32 bytes/],
  ['a database with NUL', { database: 'a\0b' }, /NUL/],
])('grantStatements refuses %s', (_, more, message) => {
  const thrown = (): unknown => {
    try {
      return grantStatements(request('rds-mysql', more))
    } catch (error) {
      return error
    }
  }
  expect(thrown()).toMatchObject({ code: 'USAGE' })
  expect(JSON.stringify(thrown())).toMatch(message)
})

test('the command line offers the servers of all dialects', () => {
  expect(GRANTED_SERVERS).toEqual(allWords().flatMap(({ grants }) => grants?.servers ?? []))
})
