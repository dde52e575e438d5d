import { type MariadbServer, startMariadb } from '../../packages/batchquery/test/setup/mariadb.ts'
import { type PostgresServer, startPostgres } from '../../packages/batchquery/test/setup/postgres.ts'
import { type S3Server, startS3 } from '../../packages/batchquery/test/setup/radosgw.ts'

/** The servers that everything is measured against. */
export interface Servers {
  readonly mariadb: MariadbServer
  readonly postgres: PostgresServer
  readonly s3: S3Server
  /** Frees what was deleted from S3. */
  collectGarbage(): Promise<void>
  stop(): Promise<void>
}

const MIB = 1024 * 1024
/** An upload that is under way, and what was deleted before it and is not free yet. */
const S3_BYTES = 8192 * MIB

/**
 * Starts the servers of the tests with room for larger tables. Whatever happens to this process, they and their data
 * are gone after it.
 *
 * @param tableMegabytes what the TEXT of all tables of MariaDB has together
 */
export async function startServers(tableMegabytes: number): Promise<Servers> {
  const starting = [
    startMariadb({ settings: mariadbSettings(tableMegabytes) }),
    startPostgres(),
    startS3({ capacityBytes: S3_BYTES }),
  ] as const
  const stop = async () => {
    const started = await Promise.allSettled<{ stop(): Promise<void> }>(starting)
    await Promise.all(started.map(start => start.status === 'fulfilled' && start.value.stop()))
  }
  try {
    const [mariadb, postgres, s3] = await Promise.all(starting)
    return {
      mariadb: mariadb.server,
      postgres: postgres.server,
      s3: s3.server,
      collectGarbage: () => s3.collectGarbage(),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** All tables fit into the buffer pool: rows without a key take up to 2.5 times their TEXT. */
function mariadbSettings(tableMegabytes: number): readonly string[] {
  return [`--innodb-buffer-pool-size=${256 + Math.ceil(tableMegabytes * 2.5)}M`, '--innodb-log-file-size=1G']
}
