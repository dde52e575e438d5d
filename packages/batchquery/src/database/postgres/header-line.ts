import type { Client, Connection } from 'pg'
import { headerStatement } from './copy-statement.ts'
import { type CopyData, Exchange } from './exchange.ts'

/**
 * The HEADER line of columns with these names, written by the server: their names copied as a row, which has the
 * bytes of COPY's own HEADER, and does so on servers that lack it for TEXT (before version 15).
 *
 * @param options as `copyOptions` returns them
 */
export async function headerLine(
  client: Client,
  names: readonly string[],
  options: string,
): Promise<Uint8Array> {
  const header = new HeaderExchange(headerStatement(names, options))
  await header.run(client)
  return header.line
}

class HeaderExchange extends Exchange {
  line = Buffer.alloc(0)
  readonly #statement: string

  constructor(statement: string) {
    super()
    this.#statement = statement
  }

  override submit(connection: Connection): void {
    connection.query(this.#statement)
  }

  override handleCopyData({ chunk }: CopyData): void {
    this.line = Buffer.from(chunk)
  }
}
