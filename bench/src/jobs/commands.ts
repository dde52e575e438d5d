import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MariadbServer } from '../../../packages/batchquery/test/setup/mariadb.ts'
import { mariadbArguments, mysqlUrl } from '../connections.ts'
import { BUCKET } from '../objects.ts'
import { type ClientCommand, shell } from '../process/client-command.ts'
import type { NodeProgram } from '../process/node-program.ts'
import { CLI, taskOf } from '../scenarios/runner-task.ts'

/** The rows of the large table: 149 MB of TEXT. */
export const MILLIONS = 5_000_000

/** A job for a whole process of batchquery, and its peer. */
export interface Job {
  readonly what: string
  readonly ours: ClientCommand
  readonly peer: ClientCommand
  /** The limit of batchquery's time, as a multiple of the peer's. */
  readonly limit: number
}

/** The statements that fill both tables, of three columns each. @param millions the rows of the large one */
export const fillStatements = (millions: number): readonly string[] =>
  Object.entries({ ten: 10, millions }).map(
    ([table, rows]) =>
      `CREATE TABLE ${table} AS SELECT seq AS id, CONCAT('name ', seq) AS name, seq * 3 AS amount FROM seq_1_to_${rows}`,
  )

/**
 * The jobs under one Node. The store is a directory. The peer of the large job syncs its file as batchquery does.
 *
 * @param folder empty, for their output
 */
export async function jobsOf(
  node: NodeProgram,
  server: MariadbServer,
  folder: string,
): Promise<readonly Job[]> {
  const major = Number.parseInt(node.version, 10)
  const run = async (table: 'ten' | 'millions') => {
    const place = join(folder, `node-${major}-${table}`)
    await mkdir(place, { recursive: true })
    await writeFile(join(place, 'task.sql'), taskOf(`SELECT * FROM ${table}`))
    return {
      argv: [node.path, CLI, 'run', './task.sql', '--quiet'],
      environment: {
        ...{ BATCHQUERY_STORE: join(place, 'store'), BATCHQUERY_BUCKET: BUCKET },
        ...{ BATCHQUERY_DATABASE: mysqlUrl(server), MYSQL_PWD: server.password },
      },
      folder: place,
    }
  }
  const client = [...mariadbArguments(server), '--quick', '--batch', '-e', 'SELECT * FROM millions']
  return [
    {
      what: `ten rows / \`node -e 0\`, Node ${major}`,
      ours: await run('ten'),
      peer: { argv: [node.path, '-e', '0'] },
      limit: major >= 24 ? 4 : 6,
    },
    {
      what: `149 MB / \`mariadb --quick --batch\` with fdatasync, Node ${major}`,
      ours: await run('millions'),
      peer: shell('mariadb "$@" > "$OUTPUT" && sync --data "$OUTPUT"', client, {
        OUTPUT: join(folder, 'client.tsv'),
        MYSQL_PWD: server.password,
      }),
      limit: 1.15,
    },
  ]
}
