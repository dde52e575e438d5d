import { execa } from 'execa'
import { inject } from 'vitest'

/**
 * Runs a script in the client that comes with the server, in one session.
 *
 * @returns the rows of all results: tabs between the values, a line each
 */
export async function ownClient(script: string, database: string): Promise<string> {
  const { socket, user, password } = inject('mariadb')
  const program = process.env.BATCHQUERY_TEST_MYSQL_CLIENT ?? 'mariadb'
  const { stdout } = await execa(
    program,
    [
      '--no-defaults',
      '--batch',
      '--skip-column-names',
      // It would ask for the names of tables and columns first.
      '--skip-auto-rehash',
      '--default-character-set=utf8mb4',
      `--socket=${socket}`,
      `--user=${user}`,
      database,
    ],
    { input: script, env: { MYSQL_PWD: password }, stripFinalNewline: false },
  )
  return stdout
}
