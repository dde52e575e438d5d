// A query to a file with pg-copy-streams, as its documentation shows.
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { Client } from 'pg'
import { to } from 'pg-copy-streams'
import { readArguments } from './arguments.ts'

const { host, port, user, database, ca, query, file } = readArguments(
  'host',
  'port',
  'user',
  'database',
  'ca',
  'query',
  'file',
)
const client = new Client({
  host,
  port: Number(port),
  user,
  database,
  ssl: { ca: await readFile(ca, 'utf8') },
})
await client.connect()
await pipeline(client.query(to(`COPY (${query}) TO STDOUT`)), createWriteStream(file))
await client.end()
