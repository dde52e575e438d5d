import type { ReadColumn, ReadRows } from '../format/index.ts'

/** The name that Hive gives to the partition of NULL. */
const NULL_VALUE = '__HIVE_DEFAULT_PARTITION__'
const FIELD = /^([^=]+)=(.*)$/s

export interface PartitionValue {
  readonly column: string
  readonly value: string | null
}

/** The folders directly above a part that name its partition: `day=2026-01-01/country=de`. Empty if there are none. */
export function partitionFolders(key: string): string {
  const folders = key.split('/').slice(0, -1)
  return folders.slice(folders.findLastIndex(folder => !FIELD.test(folder)) + 1).join('/')
}

/** Reads the values of a partition from its folders, as `partitionFolders` returns them. */
export function partitionOf(folders: string): readonly PartitionValue[] {
  if (folders === '') return []
  return folders.split('/').map(folder => {
    const [, column, value] = FIELD.exec(folder) ?? []
    return { column: decoded(column), value: value === NULL_VALUE ? null : decoded(value) }
  })
}

/** Hive writes a byte as %XX. Bytes that are no UTF-8 stay as they are written. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll(/%(?![0-9a-f]{2})/gi, '%25'))
  } catch {
    return text
  }
}

/** Adds the values of the partition to the rows of a part, unless the part has the column itself. */
export function withPartition({ columns, rows }: ReadRows, partition: readonly PartitionValue[]): ReadRows {
  const missing = partition.filter(({ column }) => !columns.some(({ name }) => name === column))
  if (missing.length === 0 || columns.length === 0) return { columns, rows }
  const added = missing.map(
    ({ column }): ReadColumn => ({ name: column, type: { kind: 'string' }, isNumber: false }),
  )
  const values = missing.map(({ value }) => value)
  return { columns: [...columns, ...added], rows: rows.map(row => [...row, ...values]) }
}
