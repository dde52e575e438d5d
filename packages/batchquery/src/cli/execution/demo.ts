import { join } from 'node:path'
import { DEFAULT_STORE, openDatabase } from '../../config/index.ts'
import { partKey } from '../../export/index.ts'
import { newRunId } from '../../platform/index.ts'
import { defaultHome, type Home } from '../../submit/home.ts'
import { ODD_ROW, STATEMENT, TABLE_STATEMENT, TASK_KEY } from '../article.ts'
import type { Execute } from '../command.ts'
import { runWithOptions } from '../run-with-options.ts'

const RESULT_KEY = partKey('output/result', 0, '')
const REMARK = `Row ${ODD_ROW[0]} is right: the article that this example comes from repeats ${ODD_ROW[1]} in it.`

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
  const text =
    record.exitCode === 0 && result !== null
      ? [story(id, home, result.bytes), nextSteps(programIn(context.environment), database)].join('\n\n')
      : ''
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
  const rows = Buffer.from(result).toString().trimEnd()
  return [
    `1. The database ${database.replace(/^duckdb:/, '')} has a table table1.`,
    `2. The task ${store.uriOf({ bucket, key: TASK_KEY })} is one statement:`,
    `   ${STATEMENT}`,
    `3. The runner, batchquery-task ${bucket} ${TASK_KEY}, ran it as run ${id}`,
    '   and published the result:',
    '',
    join(DEFAULT_STORE, bucket, RESULT_KEY),
    rows,
    // An existing table1 may have other rows.
    ...(rows.split('\n').includes(ODD_ROW.join('\t')) ? ['', REMARK] : []),
  ].join('\n')
}

/** Each command works when it is pasted. In the first one, the user puts in the URL. */
const nextSteps = (program: string, database: string): string =>
  [
    'What to do next:',
    '',
    '- Try your own database: put in its URL, and set MYSQL_PWD or PGPASSWORD to the password.',
    `  ${program} query 'SELECT 1 AS id' --database mysql://USER@HOST:3306/DATABASE --to ./out/first --overwrite`,
    '- Write Parquet, and read it:',
    `  ${program} query 'SELECT * FROM table1' --database ${database} --to ./out/table1 --format parquet --overwrite`,
    `  ${program} query "SELECT * FROM './out/table1.part_*.parquet'" --database ${database}`,
    '- Read the manual:',
    `  ${program} help sql-tasks`,
  ].join('\n')

/** How the user calls this program again. npm and npx do not put it on the PATH of the shell. */
const programIn = (environment: NodeJS.ProcessEnv): string =>
  environment.npm_command === undefined ? 'batchquery' : 'npx batchquery'
