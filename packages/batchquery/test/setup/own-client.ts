import { execa } from 'execa'
import { inject } from 'vitest'

/** A connection other than the server's socket: TCP, without TLS. */
interface Through {
  readonly host: string
  readonly port: number
}

/**
 * Runs a script in the server's own client, in one session.
 *
 * @returns the rows of all results: tabs between the values, one line per row
 */
export async function ownClient(script: string, database: string, through?: Through): Promise<string> {
  const { socket, user, password, client } = inject('mariadb')
  const [program, ...before] = client
  const { stdout } = await execa(
    program,
    [
      ...before,
      '--no-defaults',
      '--batch',
      '--skip-column-names',
      // Otherwise it first asks for the names of tables and columns.
      '--skip-auto-rehash',
      '--default-character-set=utf8mb4',
      ...(through === undefined
        ? [`--socket=${socket}`]
        : [
            '--protocol=tcp',
            program === 'mariadb' ? '--skip-ssl' : '--ssl-mode=DISABLED',
            `--host=${through.host}`,
            `--port=${through.port}`,
          ]),
      `--user=${user}`,
      database,
    ],
    { input: script, env: { MYSQL_PWD: password }, stripFinalNewline: false },
  )
  return stdout
}
