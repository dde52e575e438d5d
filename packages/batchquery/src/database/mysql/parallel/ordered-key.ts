import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'
import { kindOf } from './key-values.ts'
import { refusal } from './refusal.ts'
import { type Index, type Key, shownTable, type Table } from './table.ts'

const ZONE_HINT = "Write SET time_zone = '+00:00' before the export, or divide by another column with BY."

/** The index that divides the rows. @throws UNSUPPORTED_CLAUSE if there is none */
export function keyOf(table: Table, indexes: readonly Index[], by: readonly string[] | null): Key {
  const shown = shownTable(table)
  if (by === null) {
    const key = indexes.find(
      ({ isUnique, isWhole, columns, ownColumns }) =>
        isUnique && isWhole && columns.slice(0, ownColumns).every(({ isNullable }) => !isNullable),
    )
    if (key !== undefined) return orderedPart({ ...key, columns: key.columns.slice(0, key.ownColumns) })
    throw refusal(
      `${shown} has no primary key and no unique index of NOT NULL columns`,
      'Add BY (column) with the first column of an index.',
    )
  }
  const wanted = by.map(name => name.toLowerCase())
  const index = indexes.find(({ columns }) =>
    wanted.every((name, at) => columns[at]?.name.toLowerCase() === name),
  )
  if (index !== undefined) return { name: index.name, columns: index.columns.slice(0, by.length) }
  const names = indexes.map(
    ({ name, columns, ownColumns }) =>
      `${name} (${columns
        .slice(0, ownColumns)
        .map(column => column.name)
        .join(', ')})`,
  )
  throw refusal(
    `no index of ${shown} begins with ${by.join(', ')}, so each range would read the whole table (type ALL)`,
    `Name the first columns of an index in BY: ${names.join(', ') || 'the table has none'}.`,
  )
}

/** The first columns of a key, up to one whose values have another order than the index. They alone divide the rows, too. */
function orderedPart({ name, columns }: Key): Key {
  const end = columns.findIndex(
    (column, at) => at > 0 && (kindOf(column) === null || column.type === 'timestamp'),
  )
  return { name, columns: end === -1 ? columns : columns.slice(0, end) }
}

/** @throws UNSUPPORTED_CLAUSE unless the server always compares the values of the key as the index is ordered */
export async function refuseUnordered(session: Session, { columns }: Key): Promise<void> {
  for (const column of columns) {
    if (kindOf(column) === null)
      throw refusal(
        `column ${column.name} has the type ${column.type}, whose order is not that of its values`,
        'Name other columns in BY.',
      )
    if (column.type === 'timestamp') await refuseChangingZone(session, column.name)
  }
}

/** When clocks are turned back, an hour of local time comes twice: then a TIMESTAMP is before a bound in the index, but not as local time. */
async function refuseChangingZone(session: Session, column: string): Promise<void> {
  const [[zone, system] = []] = await askSession(
    session,
    'SELECT @@SESSION.time_zone, @@GLOBAL.system_time_zone',
  )
  const name = zone === 'SYSTEM' ? system : zone
  if (/^(?:[+-]\d{1,2}:\d{2}|UTC|GMT|Etc\/(?:UTC|GMT.*))$/.test(name ?? '')) return
  throw refusal(
    `column ${column} is a TIMESTAMP, and an hour may come twice in the time zone ${name}`,
    ZONE_HINT,
  )
}
