import type { ColumnStatistics, PartColumn } from '../format/index.ts'
import type { DescribedExport, PartStatistics } from '../journal/index.ts'
import { quoted } from '../platform/index.ts'

const NOT_NULL = ' NOT NULL'

/** How the columns of a part differ from what MANIFEST VERBOSE says of the result. Null if they do not. */
export function describedDifference(
  columns: readonly PartColumn[],
  { columns: described }: DescribedExport,
): string | null {
  if (columns.length !== described.length)
    return `it has ${columns.length} columns, and the manifest has ${described.length}`
  const at = columns.findIndex(({ name, type }, index) => {
    const { name: describedName, writtenType, nullable } = described[index]
    const word = writtenType === null ? null : `${writtenType}${nullable ? '' : NOT_NULL}`
    return name !== describedName || (word !== null && word !== type)
  })
  if (at === -1) return null
  const { name, writtenType, nullable } = described[at]
  return `column ${at + 1} is ${quoted(columns[at].name)} ${columns[at].type}, and in the manifest ${quoted(name)} ${writtenType}${nullable ? '' : NOT_NULL}`
}

/** How the statistics of a part differ from the recorded ones. Null if they do not, or if none are recorded. */
export function statisticsDifference(
  columns: readonly PartColumn[],
  statistics: readonly ColumnStatistics[],
  recorded: PartStatistics | undefined,
): string | null {
  if (recorded === undefined) return null
  const at = columns.findIndex((_, index) => {
    const [one, other] = [statistics.at(index), recorded.at(index)]
    return one?.nulls !== other?.nulls || one?.min !== other?.min || one?.max !== other?.max
  })
  if (at === -1) return null
  return `column ${quoted(columns[at].name)} has ${statisticsText(statistics.at(at))}, and in the manifest ${statisticsText(recorded.at(at))}`
}

function statisticsText(statistics: ColumnStatistics | undefined): string {
  if (statistics === undefined) return 'no statistics'
  const { nulls, min, max } = statistics
  const bound = (text: string | null): string => (text === null ? 'none' : quoted(text))
  return `${nulls ?? 'unknown'} NULLs, min ${bound(min)}, max ${bound(max)}`
}
