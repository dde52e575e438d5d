import { MYSQL_PARALLEL_READS } from '../../../src/database/mysql/parallel/parallel-reads.ts'
import type { ReadsRequest } from '../../../src/database/parallel-reads.ts'
import { type ReadInParallel, type Reading, readInParallel as read } from '../parallel/read-in-parallel.ts'
import { openDatabase, serverUrl } from './session.ts'

export { request } from '../parallel/read-in-parallel.ts'

/** Reads a query of MySQL or MariaDB as an export does. */
export const readInParallel = (
  database: string,
  wanted: ReadsRequest,
  {
    url = serverUrl(database),
    ...reading
  }: Pick<Reading, 'opened' | 'session'> & { readonly url?: string } = {},
): Promise<ReadInParallel> =>
  read(wanted, {
    ...reading,
    reads: MYSQL_PARALLEL_READS,
    open: () => openDatabase(url).connect('batchquery parallel-test'),
  })
