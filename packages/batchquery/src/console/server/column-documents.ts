import type { PublishedExport } from '../../export/index.ts'
import type { PartColumn } from '../../format/index.ts'
import type { ColumnDocument } from '../documents.ts'

type Published = PublishedExport['published']
type Statistics = NonNullable<Published['parts'][number]['statistics']>

/**
 * The columns of an export: with types of the source and counts if its manifest is VERBOSE, otherwise as its parts describe them.
 *
 * @param read the columns of the first part; null if it does not describe them
 */
export function columnsOf(
  published: Published | null,
  read: readonly PartColumn[] | null,
): readonly ColumnDocument[] | null {
  const described = published?.described?.columns
  if (published === null || described === undefined)
    return read?.map(({ name, type }) => ({ ...UNKNOWN, name, type })) ?? null
  const statistics = published.parts.map(part => part.statistics)
  return described.map(({ name, sourceType, writtenType, base, nullable }, at) => ({
    name,
    type: writtenType ?? base.base,
    sourceType,
    isNullable: nullable,
    nulls: nullsOf(statistics, at),
    ...rangeOf(statistics, at),
  }))
}

const UNKNOWN = { sourceType: null, isNullable: null, nulls: null, min: null, max: null } as const

/** Null if one part does not say it. */
function nullsOf(statistics: readonly (Statistics | undefined)[], column: number): number | null {
  let sum = 0
  for (const part of statistics) {
    const nulls = part?.at(column)?.nulls ?? null
    if (nulls === null) return null
    sum += nulls
  }
  return sum
}

/** The least and the greatest value of the only part. Values of several parts are texts, which have no order of their own. */
function rangeOf([only, ...others]: readonly (Statistics | undefined)[], column: number) {
  const found = others.length === 0 ? only?.at(column) : undefined
  return { min: found?.min ?? null, max: found?.max ?? null }
}
