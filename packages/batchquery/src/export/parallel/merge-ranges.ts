import { isDeepStrictEqual } from 'node:util'
import { BatchQueryError } from '../../errors/index.ts'
import type { InvalidDates } from '../../format/index.ts'
import type { DescribedExport, StagedPart } from '../../journal/index.ts'
import type { NamedType } from '../describe-export.ts'
import { MOST_STATISTICS_BYTES } from '../part-describer.ts'
import { parsePartKey } from '../part-names.ts'
import { PathTable } from '../partitions/path-table.ts'
import type { ExportPlan } from '../plan.ts'
import { sortedByFolder } from '../stage.ts'
import type { StagedRows } from '../stage-rows.ts'

/** The rows of all ranges as one result. */
export interface MergedRows {
  readonly staged: StagedRows
  /** Parts without rows that the result does not need. */
  readonly left: readonly StagedPart[]
}

/**
 * Joins the ranges of a result, which come in the order of their numbers.
 *
 * @throws QUERY_FAILED if the ranges do not have the same columns, because the table was altered, or have too many partitions together
 */
export function mergeRanges(ranges: readonly StagedRows[], plan: ExportPlan): MergedRows {
  const [first] = ranges
  refuseOtherColumns(ranges.map(({ columns }) => columns))
  const rows = sum(ranges, 'rows')
  const all = ranges.flatMap(range => range.parts)
  const isKept = (part: StagedPart, index: number): boolean => part.rows > 0 || (rows === 0 && index === 0)
  const parts = all.filter(isKept)
  if (plan.partitionBy !== null) refusePartitions(parts, plan)
  return {
    staged: {
      parts: withinRoom(plan.partitionBy === null ? parts : sortedByFolder(parts)),
      rows,
      bytes: parts.reduce((total, { bytes }) => total + bytes, 0),
      invalidDates: summed(ranges.flatMap(({ invalidDates }) => invalidDates)),
      delimited: first.delimited,
      described: bestDescribed(ranges),
      columns: first.columns,
      warnings: ranges.flatMap(({ warnings }) => warnings),
    },
    left: all.filter((part, index) => !isKept(part, index)),
  }
}

const sum = (ranges: readonly StagedRows[], of: 'rows' | 'bytes'): number =>
  ranges.reduce((total, range) => total + range[of], 0)

function refuseOtherColumns(columns: readonly (readonly NamedType[])[]): void {
  const [first] = columns
  const other = columns.find(one => !isDeepStrictEqual(one, first))
  if (other === undefined) return
  throw new BatchQueryError(
    'QUERY_FAILED',
    `the result had the columns ${text(first)}, and later the columns ${text(other)}: the table was altered while it was read`,
    { hint: 'Run again, and alter the table before or after the export.' },
  )
}

const text = (columns: readonly NamedType[]): string =>
  columns.map(({ name, type }) => `${JSON.stringify(name)} ${type}`).join(', ')

/** Each range counts its own partitions; the clauses are about all of them together. */
function refusePartitions(
  parts: readonly StagedPart[],
  { destination: { prefix, store }, maxPartitions }: ExportPlan,
): void {
  const paths: string[] = []
  const table = new PathTable(partition => paths[partition], store.capabilities.folder !== null)
  for (const { token } of parts) {
    const path = parsePartKey(prefix, token.key)?.partition ?? ''
    const equal = table.find(path)
    if (equal !== null && !path.startsWith(equal.path)) throw sameFolder(equal.path, path)
    if (equal !== null) continue
    if (paths.length === maxPartitions) throw tooMany(path, maxPartitions)
    paths.push(path)
    table.add(path, paths.length - 1)
  }
}

const sameFolder = (one: string, other: string): BatchQueryError =>
  new BatchQueryError(
    'QUERY_FAILED',
    `the partitions ${JSON.stringify(one)} and ${JSON.stringify(other)} differ only in case or in Unicode normalization, and many disks take them for one folder`,
    { hint: 'Make the values equal in the query: LOWER(x) AS x. Or write to S3.' },
  )

const tooMany = (path: string, most: number): BatchQueryError =>
  new BatchQueryError(
    'QUERY_FAILED',
    `${JSON.stringify(path)} would be partition ${most + 1}, and MAXPARTITIONS is ${most}`,
    {
      hint: 'Partition by columns with fewer values, for instance by the day instead of the time, or write a larger MAXPARTITIONS.',
    },
  )

function summed(counts: readonly InvalidDates[]): readonly InvalidDates[] {
  const byColumn = new Map<string, number>()
  for (const { column, count } of counts) byColumn.set(column, (byColumn.get(column) ?? 0) + count)
  return [...byColumn].map(([column, count]) => ({ column, count }))
}

/** A range without rows may have no part that describes the columns. */
const bestDescribed = (ranges: readonly StagedRows[]): DescribedExport | null =>
  (ranges.find(({ parts }) => parts.length > 0) ?? ranges[0]).described

/** Each range has room for the statistics of its parts; the journal has room for those of one result. */
function withinRoom(parts: readonly StagedPart[]): readonly StagedPart[] {
  let room = MOST_STATISTICS_BYTES
  return parts.map(({ statistics, ...part }) => {
    if (statistics === undefined) return part
    room -= Buffer.byteLength(JSON.stringify(statistics))
    return room < 0 ? part : { ...part, statistics }
  })
}
