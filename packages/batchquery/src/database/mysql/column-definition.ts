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
  /** A value of the field is kept as a BLOB. False for an expression of any type. */
  readonly isBlob: boolean
}

/** https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__column__definition__flags.html */
const BLOB_FLAG = 0x10

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
  // catalog, schema, table and the table's own name come before the name, the column's own name after it
  for (let skipped = 0; skipped < 4; skipped++) field()
  const name = Uint8Array.from(field())
  field()
  if (extendedMetadata) field()
  at++ // the length of the fixed fields
  return {
    name,
    collation: packet.readUInt16LE(at),
    maxBytes: packet.readUInt32LE(at + 2),
    type: packet[at + 6],
    isBlob: (packet.readUInt16LE(at + 7) & BLOB_FLAG) !== 0,
  }
}
