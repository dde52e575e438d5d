// The baseline for PostgreSQL: COPY with the same login, TLS and diverted socket as an export. Counts the chunks and
// discards them.
import type { Connection } from 'pg'
import { passwordCredentials } from '../../../packages/batchquery/dist/database/password-credentials.js'
import { connect } from '../../../packages/batchquery/dist/database/postgres/connect.js'
import { copyStatement } from '../../../packages/batchquery/dist/database/postgres/copy-statement.js'
import { Exchange } from '../../../packages/batchquery/dist/database/postgres/exchange.js'
import { Wire } from '../../../packages/batchquery/dist/database/postgres/wire.js'
import { parseDatabaseUrl } from '../../../packages/batchquery/dist/database/url.js'
import { LOGIN_MS } from '../../../packages/batchquery/dist/database/within.js'
import { readArguments } from './arguments.ts'
import { Stopwatch } from './report.ts'

/** ReadyForQuery, outside of a transaction. No row can contain it, because COPY's text has no NUL. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])

class DiscardedCopy extends Exchange {
  bytes = 0
  readonly #statement: string
  readonly #wire: Wire
  #tail: Buffer = Buffer.alloc(0)

  constructor(statement: string, wire: Wire) {
    super()
    this.#statement = statement
    this.#wire = wire
  }

  override submit(connection: Connection): void {
    connection.query(this.#statement)
    this.#wire.divert(chunk => this.#discard(chunk))
  }

  #discard(chunk: Buffer): void {
    this.bytes += chunk.length
    const end = chunk.length >= READY.length ? chunk : Buffer.concat([this.#tail, chunk])
    this.#tail = end.subarray(-READY.length)
    if (!this.#tail.equals(READY)) return
    this.#wire.release()
    this.#wire.toDriver(READY)
  }
}

const { url: text, query } = readArguments('url', 'query')
const url = parseDatabaseUrl(text)
const credentials = passwordCredentials(url, process.env)
const login = { url, credentials, applicationName: 'batchquery bench' }
const client = await connect(login, async opened => opened, { within: LOGIN_MS })
const copy = new DiscardedCopy(copyStatement(query, "(FORMAT text, DELIMITER E'\\t')"), new Wire(client))
const stopwatch = new Stopwatch()
await copy.run(client)
await stopwatch.report({ bytes: copy.bytes })
await client.end()
