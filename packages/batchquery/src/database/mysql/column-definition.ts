import { lengthEncodedSize, readLengthEncoded } from './length-encoded.ts'

/** A column, from the server's packet before the rows. */
export interface ColumnDefinition {
  /** In the character set of the result. */
  readonly name: Uint8Array
  /** Number of the collation; 63 is binary. */
  readonly collation: number
  /** The most bytes of a value after conversion to the character set of the result. */
  readonly maxBytes: number
  /** The number of the protocol type. */
  readonly type: number
  /** The field stores its values as BLOBs. False for an expression of any type. */
  readonly isBlob: boolean
  /** Numbers with ZEROFILL are unsigned, too. */
  readonly isUnsigned: boolean
  /** The server prints zeros before the number, up to `maxBytes` characters. */
  readonly isZerofill: boolean
  /** Digits after the point of a number, or of the seconds. 31 or 39 if a number has no fixed count. */
  readonly decimals: number
  /** MariaDB's name for the form of the values, for example `json`. Empty if the server sends none. */
  readonly format: string
  /** The column of a table that it is, in the character set of the result: the names are empty for an expression. */
  readonly source: Readonly<Record<'schema' | 'table' | 'column', Uint8Array>>
}

/** https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__column__definition__flags.html */
const BLOB_FLAG = 0x10
const UNSIGNED_FLAG = 0x20
const ZEROFILL_FLAG = 0x40
/** In MariaDB's extended metadata: the name of a form follows. */
const FORMAT_NAME = 1

/**
 * Reads a column definition packet.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_column_definition.html
 *
 * @param extendedMetadata whether the connection negotiated MariaDB's extended metadata, one more field
 */
export function readColumnDefinition(packet: Buffer, extendedMetadata: boolean): ColumnDefinition {
  let at = 0
  const field = (): Uint8Array => {
    const start = at + lengthEncodedSize(packet[at])
    const end = start + readLengthEncoded(packet, at)
    at = end
    return packet.subarray(start, end)
  }
  // catalog, schema, alias of the table, table, name, own name
  field()
  const schema = Uint8Array.from(field())
  field()
  const table = Uint8Array.from(field())
  const name = Uint8Array.from(field())
  const column = Uint8Array.from(field())
  const format = extendedMetadata ? formatOf(Buffer.from(field())) : ''
  at++ // the length of the fixed fields
  const flags = packet.readUInt16LE(at + 7)
  return {
    name,
    collation: packet.readUInt16LE(at),
    maxBytes: packet.readUInt32LE(at + 2),
    type: packet[at + 6],
    isBlob: (flags & BLOB_FLAG) !== 0,
    isUnsigned: (flags & UNSIGNED_FLAG) !== 0,
    isZerofill: (flags & ZEROFILL_FLAG) !== 0,
    decimals: packet[at + 9],
    format,
    source: { schema, table, column },
  }
}

/**
 * Reads the name of the format from MariaDB's extended metadata: a list of kinds of one byte, each with a text after it.
 * https://mariadb.com/docs/server/reference/clientserver-protocol/4-server-response-packets/result-set-packets#extended-metadata
 */
function formatOf(metadata: Buffer): string {
  let at = 0
  while (at < metadata.length) {
    const kind = metadata[at++]
    const start = at + lengthEncodedSize(metadata[at])
    at = start + readLengthEncoded(metadata, at)
    if (kind === FORMAT_NAME) return metadata.toString('latin1', start, at)
  }
  return ''
}
