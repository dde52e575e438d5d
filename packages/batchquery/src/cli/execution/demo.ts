import { join } from 'node:path'
import { DEFAULT_STORE, openDatabase } from '../../config/index.ts'
import { partKey } from '../../export/index.ts'
import { newRunId } from '../../platform/index.ts'
import { defaultHome, type Home } from '../../submit/home.ts'
import { STATEMENT, TABLE_STATEMENT, TASK_KEY } from '../article.ts'
import type { Execute } from '../command.ts'
import { runWithOptions } from '../run-with-options.ts'

const RESULT_KEY = partKey('output/result', 0, '')

export const demo: Execute = async ({ options }, context) => {
  const home = defaultHome(context)
  const { bucket, database } = home.settings
  const address = { bucket, key: TASK_KEY }
  await home.store.put(address, Buffer.from(`${STATEMENT}\n`))
  await makeTable(database, context.folder)
  const createdAt = new Date()
  const id = newRunId(createdAt)
  const record = await runWithOptions(
    { id, createdAt, task: { ...address, upload: null }, args: [] },
    home,
    options,
    context,
  )
  const result = await home.store.read({ bucket, key: RESULT_KEY })
  const text = record.exitCode === 0 && result !== null ? story(id, home, result.bytes) : ''
  return { document: record, text, exitCode: record.exitCode ?? 1 }
}

async function makeTable(url: string, folder: string): Promise<void> {
  // The environment has secrets of other databases. This one has none.
  const session = await (await openDatabase(url, {}, folder)).connect('batchquery demo')
  try {
    await session.execute(TABLE_STATEMENT, 0)
  } finally {
    await session.close()
  }
}

function story(id: string, { settings, store }: Home, result: Uint8Array): string {
  const { bucket, database } = settings
  return [
    `1. The database ${database.replace(/^duckdb:/, '')} has a table table1.`,
    `2. The task ${store.uriOf({ bucket, key: TASK_KEY })} is one statement:`,
    `   ${STATEMENT}`,
    `3. The runner, batchquery-task ${bucket} ${TASK_KEY}, ran it as run ${id}`,
    '   and published the result:',
    '',
    join(DEFAULT_STORE, bucket, RESULT_KEY),
    Buffer.from(result).toString().trimEnd(),
  ].join('\n')
}
