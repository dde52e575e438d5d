import { execa } from 'execa'
import { inject } from 'vitest'

/** Another way to the server than its socket: TCP, without TLS. */
interface Through {
  readonly host: string
  readonly port: number
}

/**
 * Runs a script in the client that comes with the server, in one session.
 *
 * @returns the rows of all results: tabs between the values, a line each
 */
export async function ownClient(script: string, database: string, through?: Through): Promise<string> {
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
      ...(through === undefined
        ? [`--socket=${socket}`]
        : ['--protocol=tcp', '--skip-ssl', `--host=${through.host}`, `--port=${through.port}`]),
      `--user=${user}`,
      database,
    ],
    { input: script, env: { MYSQL_PWD: password }, stripFinalNewline: false },
  )
  return stdout
}
