// A query to a file of tab-separated values with mysql2, as its documentation shows how to stream.
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import mysql from 'mysql2'
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
const connection = mysql.createConnection({
  host,
  port: Number(port),
  user,
  database,
  password: process.env.MYSQL_PWD,
  ssl: { ca: await readFile(ca, 'utf8'), verifyIdentity: true },
  dateStrings: true,
  supportBigNumbers: true,
  bigNumberStrings: true,
})
const rows = connection.query({ sql: query, rowsAsArray: true }).stream()
await pipeline(rows, tabSeparated(), createWriteStream(file))
connection.end()
