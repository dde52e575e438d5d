/**
 * Length-encoded integers of the MySQL protocol: a value below 251 is one byte, 0xfc, 0xfd and 0xfe announce 2, 3
 * and 8 bytes, 0xfb is NULL in a row.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_dt_integers.html
 */
export const NULL_MARK = 0xfb

/** How many bytes the integer that begins with `first` takes in all. */
export function lengthEncodedSize(first: number): number {
  if (first < NULL_MARK) return 1
  if (first === 0xfc) return 3
  if (first === 0xfd) return 4
  if (first === 0xfe) return 9
  return 1
}

/** Reads one that is not NULL and lies whole in `bytes`; NaN if no integer begins like this. */
export function readLengthEncoded(bytes: Buffer, at: number): number {
  const first = bytes[at]
  if (first < NULL_MARK) return first
  if (first === 0xfc) return bytes.readUInt16LE(at + 1)
  if (first === 0xfd) return bytes.readUIntLE(at + 1, 3)
  return first === 0xfe ? Number(bytes.readBigUInt64LE(at + 1)) : Number.NaN
}
