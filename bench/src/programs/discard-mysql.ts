// The baseline for MySQL: reads the rows of a query with the same login, TLS, session settings and packet parser as
// an export, counts their chunks, and discards them.
import type { Connection } from 'mysql2'
import { ask } from '../../../packages/batchquery/dist/database/mysql/ask.js'
import { beginSession } from '../../../packages/batchquery/dist/database/mysql/begin-session.js'
import { connect } from '../../../packages/batchquery/dist/database/mysql/connect.js'
import { sendRaw } from '../../../packages/batchquery/dist/database/mysql/wire.js'
import { passwordCredentials } from '../../../packages/batchquery/dist/database/password-credentials.js'
import { parseDatabaseUrl } from '../../../packages/batchquery/dist/database/url.js'
import { LOGIN_MS } from '../../../packages/batchquery/dist/database/within.js'
import { readArguments } from './arguments.ts'
import { ResultEnd } from './mysql-result-end.ts'
import { Stopwatch } from './report.ts'

const { url: text, query } = readArguments('url', 'query')
const url = parseDatabaseUrl(text)
const connection = await connect(
  url,
  passwordCredentials(url, process.env),
  {},
  async opened => {
    await beginSession(opened)
    return opened
  },
  { within: LOGIN_MS },
)
await discard(connection)
connection.end()

async function discard(connection: Connection): Promise<void> {
  const stopwatch = new Stopwatch()
  await ask(connection, 'SET character_set_results = NULL')
  const end = new ResultEnd()
  await new Promise<void>((resolve, reject) => {
    const consumer = {
      execute: (chunk: Buffer) => {
        if (!end.sees(chunk)) return
        answer.release()
        resolve()
      },
    }
    const answer = sendRaw(connection, `/* batchquery bench */ ${query}`, consumer, reject)
  })
  await stopwatch.report({ bytes: end.bytes })
}
