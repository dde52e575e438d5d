import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ServerPrograms } from '../setup/mariadb.ts'

const run = promisify(execFile)

/**
 * Copies a server of the cache below the folder, because its user may not enter the home of the user who runs the
 * tests.
 */
export async function placeIn(folder: string, cached: string): Promise<string> {
  const place = join(folder, 'programs')
  try {
    await run('cp', ['--archive', '--link', cached, place])
  } catch {
    // On another file system.
    await run('cp', ['--archive', cached, place])
  }
  return place
}

/** MySQL 8.0 in Oracle's package. */
export async function mysql80(folder: string, cached: string): Promise<ServerPrograms> {
  const place = await placeIn(folder, cached)
  const mysqld = `${place}/bin/mysqld`
  return mysql(
    [mysqld, '--no-defaults', `--basedir=${place}`, `--plugin-dir=${place}/lib/plugin`],
    [`${place}/bin/mysql`],
  )
}

/** MySQL in Debian's package, with the libraries of its Debian. */
export async function mysqlOfDebian(folder: string, cached: string): Promise<ServerPrograms> {
  const usr = join(await placeIn(folder, cached), 'usr')
  const loader = [
    `${usr}/lib64/ld-linux-x86-64.so.2`,
    '--library-path',
    `${usr}/lib/x86_64-linux-gnu`,
  ] satisfies [string, ...string[]]
  const mysqld: [string, ...string[]] = [
    ...loader,
    ...[`${usr}/sbin/mysqld`, '--no-defaults'],
    `--lc-messages-dir=${usr}/share/mysql`,
    `--character-sets-dir=${usr}/share/mysql/charsets`,
    `--plugin-dir=${usr}/lib/mysql/plugin`,
  ]
  return mysql(mysqld, [...loader, `${usr}/bin/mysql`])
}

const mysql = (mysqld: [string, ...string[]], client: [string, ...string[]]): ServerPrograms => ({
  client,
  install: [...mysqld, '--initialize-insecure'],
  serve: [...mysqld, '--mysqlx=OFF'],
  // It has no password.
  initialSql: ['ALTER USER root@localhost ACCOUNT LOCK'],
})
