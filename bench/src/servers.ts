import { type MariadbServer, startMariadb } from '../../packages/batchquery/test/setup/mariadb.ts'
import { type PostgresServer, startPostgres } from '../../packages/batchquery/test/setup/postgres.ts'
import { type S3Server, startS3 } from '../../packages/batchquery/test/setup/radosgw.ts'

/** The servers for all measurements. */
export interface Servers {
  readonly mariadb: MariadbServer
  readonly postgres: PostgresServer
  readonly s3: S3Server
  /** Frees the space of objects that were deleted from S3. */
  collectGarbage(): Promise<void>
  stop(): Promise<void>
}

const MIB = 1024 * 1024
/** Room for a running upload, and for deleted objects that are not freed yet. */
const S3_BYTES = 8192 * MIB

/**
 * Starts the servers of the tests with room for larger tables. They and their data are removed after this process
 * ends, however it ends.
 *
 * @param tableMegabytes the TEXT of all tables of MariaDB together
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

/** All tables fit into the buffer pool, because rows without a key take up to 2.5 times their TEXT. */
function mariadbSettings(tableMegabytes: number): readonly string[] {
  return [`--innodb-buffer-pool-size=${256 + Math.ceil(tableMegabytes * 2.5)}M`, '--innodb-log-file-size=1G']
}
