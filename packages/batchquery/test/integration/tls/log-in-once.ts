import { openDatabase } from '../../../src/config/index.ts'

/** Logs in with the URL of its argument, and prints the code of the error. */
const [, , url = ''] = process.argv
const database = await openDatabase(url, process.env, '/')
await database.connect('batchquery once').then(
  () => process.stdout.write('logged in'),
  (error: unknown) =>
    process.stdout.write(error instanceof Error && 'code' in error ? String(error.code) : String(error)),
)
