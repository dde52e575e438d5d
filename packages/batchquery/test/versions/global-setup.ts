import type { TestProject } from 'vitest/node'
import { parseServerUrl as parseMysql } from '../setup/mariadb.ts'
import { parseServerUrl as parsePostgres } from '../setup/postgres.ts'
import { watchServers } from '../setup/secrets/watch-servers.ts'

/** For tests that need one server each: provides the servers that the environment names, and starts none. */
export default function setup(project: TestProject): () => Promise<void> {
  const { BATCHQUERY_TEST_MYSQL_URL: mysqlUrl, BATCHQUERY_TEST_POSTGRES_URL: postgresUrl } = process.env
  const mariadb = mysqlUrl ? parseMysql(mysqlUrl) : null
  const postgres = postgresUrl ? parsePostgres(postgresUrl) : null
  if (mariadb !== null) project.provide('mariadb', mariadb)
  if (postgres !== null) project.provide('postgres', postgres)
  project.provide('dialects', [
    ...(mariadb === null ? [] : (['mysql'] as const)),
    ...(postgres === null ? [] : (['postgres'] as const)),
  ])
  const secrets = watchServers({ mariadb, postgres, s3: null, tokens: null })
  return () => secrets.stop()
}
