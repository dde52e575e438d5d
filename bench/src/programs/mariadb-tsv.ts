// A query to a file of tab-separated values with MariaDB's own connector for Node.
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createConnection } from 'mariadb'
import { readArguments } from './arguments.ts'
import { tabSeparated } from './tab-separated.ts'

const { host, port, user, database, ca, query, file } = readArguments(
  'host',
  'port',
  'user',
  'database',
  'ca',
  'query',
  'file',
)
const connection = await createConnection({
  host,
  port: Number(port),
  user,
  database,
  password: process.env.MYSQL_PWD,
  ssl: { ca: await readFile(ca, 'utf8') },
  dateStrings: true,
})
const rows = connection.queryStream({ sql: query, rowsAsArray: true })
await pipeline(rows, tabSeparated(), createWriteStream(file))
await connection.end()
