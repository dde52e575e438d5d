import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { DuckDBInstance } from '@duckdb/node-api'
import { lockHolder, openError } from './errors.ts'
import { loadDuckdb } from './load.ts'

export const MEMORY = ':memory:'
const RETRY_MS = 100

/**
 * Opens the database file at `path`, and creates it with its folder if it does not exist. While another process has
 * the file open, it tries again for `lockWaitMs`.
 *
 * Within this process all users of one path share one instance (`fromCache`). The lock works only between processes,
 * and two instances on one file would destroy it.
 *
 * @throws CONFIG, PERMISSION, DATABASE_LOCKED; the signal's reason
 */
export async function openFile(
  path: string,
  lockWaitMs: number,
  signal?: AbortSignal,
): Promise<DuckDBInstance> {
  const { DuckDBInstance } = await loadDuckdb()
  if (path === MEMORY) return DuckDBInstance.create(path)
  const deadline = performance.now() + lockWaitMs
  try {
    await mkdir(dirname(path), { recursive: true })
    for (;;) {
      try {
        return await DuckDBInstance.fromCache(path)
      } catch (error) {
        if (lockHolder(error) === null || performance.now() >= deadline) throw error
      }
      signal?.throwIfAborted()
      await delay(RETRY_MS)
    }
  } catch (error) {
    throw openError(error, path)
  }
}
