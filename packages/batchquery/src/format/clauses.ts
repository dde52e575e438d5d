import { BatchQueryError } from '../errors/index.ts'
import type { FlatType } from './exact-column.ts'

export const COMPRESSION_NAMES = ['NONE', 'GZIP', 'ZSTD', 'SNAPPY'] as const
/** The word after COMPRESSION. */
export type CompressionName = (typeof COMPRESSION_NAMES)[number]

/** The clauses of a statement about the format of its export. Null and false: the clause was not written. */
export interface FormatClauses {
  readonly header: boolean
  readonly compression: CompressionName | null
  /** In bytes, before compression. */
  readonly rowGroupSize: number | null
  readonly characterSet: string | null
  /** The clause TYPES, in its order. Empty: the clause was not written. */
  readonly types: readonly RequestedType[]
  /** How zero and partial dates are written. Null: as the format does by itself. */
  readonly invalidDates: 'NULL' | 'ERROR' | null
  /** Whether each part begins with the byte order mark of UTF-8. */
  readonly bom: boolean
  /** In bytes, text as UTF-8. */
  readonly fields: {
    readonly terminatedBy: Uint8Array | null
    /** Empty, or one character; the same is true of escapedBy. */
    readonly enclosedBy: Uint8Array | null
    readonly optionallyEnclosed: boolean
    readonly escapedBy: Uint8Array | null
  }
  readonly lines: {
    readonly startingBy: Uint8Array | null
    readonly terminatedBy: Uint8Array | null
  }
}

/** The request of the clause TYPES for a column. */
export interface RequestedType {
  /** The name of the column, as the result has it. */
  readonly column: string
  readonly type: FlatType
  /** NOT NULL */
  readonly isRequired: boolean
}

export const NO_FORMAT_CLAUSES: FormatClauses = {
  header: false,
  compression: null,
  rowGroupSize: null,
  characterSet: null,
  types: [],
  invalidDates: null,
  bom: false,
  fields: { terminatedBy: null, enclosedBy: null, optionallyEnclosed: false, escapedBy: null },
  lines: { startingBy: null, terminatedBy: null },
}

/** By the name that an error has for each clause: whether it was written. */
const IS_WRITTEN = {
  HEADER: ({ header }: FormatClauses) => header,
  'CHARACTER SET': ({ characterSet }: FormatClauses) => characterSet !== null,
  'FIELDS TERMINATED BY': ({ fields }: FormatClauses) => fields.terminatedBy !== null,
  'ENCLOSED BY': ({ fields }: FormatClauses) => fields.enclosedBy !== null,
  'ESCAPED BY': ({ fields }: FormatClauses) => fields.escapedBy !== null,
  'LINES STARTING BY': ({ lines }: FormatClauses) => lines.startingBy !== null,
  'LINES TERMINATED BY': ({ lines }: FormatClauses) => lines.terminatedBy !== null,
  'COMPRESSION SNAPPY': ({ compression }: FormatClauses) => compression === 'SNAPPY',
  ROWGROUPSIZE: ({ rowGroupSize }: FormatClauses) => rowGroupSize !== null,
  TYPES: ({ types }: FormatClauses) => types.length > 0,
  BOM: ({ bom }: FormatClauses) => bom,
  'INVALID DATES': ({ invalidDates }: FormatClauses) => invalidDates !== null,
}

export type ClauseName = keyof typeof IS_WRITTEN

const CLAUSE_NAMES: readonly ClauseName[] = [
  ...(['HEADER', 'CHARACTER SET', 'FIELDS TERMINATED BY', 'ENCLOSED BY', 'ESCAPED BY'] as const),
  ...(['LINES STARTING BY', 'LINES TERMINATED BY', 'COMPRESSION SNAPPY', 'ROWGROUPSIZE'] as const),
  ...(['TYPES', 'INVALID DATES', 'BOM'] as const),
]

/** @throws UNSUPPORTED_CLAUSE if a clause was written that the format does not have */
export function refuseOtherClauses(
  { name, clauses: allowed }: { readonly name: string; readonly clauses: readonly ClauseName[] },
  written: FormatClauses,
  hint: string,
): void {
  const other = CLAUSE_NAMES.find(clause => !allowed.includes(clause) && IS_WRITTEN[clause](written))
  if (other === undefined) return
  throw new BatchQueryError('UNSUPPORTED_CLAUSE', `FORMAT ${name} has no ${other}`, {
    hint: OWN_HINTS[other] ?? hint,
  })
}

/** For the clauses that only one format has. */
const OWN_HINTS: Partial<Record<ClauseName, string>> = {
  'COMPRESSION SNAPPY': 'Write COMPRESSION GZIP or COMPRESSION ZSTD, or FORMAT PARQUET.',
  ROWGROUPSIZE: 'Remove the clause, or write FORMAT PARQUET.',
  TYPES: 'Remove the clause, or write FORMAT PARQUET or FORMAT JSON.',
  'INVALID DATES': 'Remove the clause, or write FORMAT PARQUET or FORMAT JSON.',
}

/** @throws UNSUPPORTED_CLAUSE for a character set other than utf8mb4 */
export function refuseOtherCharacters(format: string, { characterSet }: FormatClauses): void {
  if (characterSet === null || /^utf-?8(mb4)?$/i.test(characterSet)) return
  throw new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `FORMAT ${format} cannot have CHARACTER SET ${characterSet}`,
    { hint: `Remove the clause. The text of ${format} is in UTF-8.` },
  )
}
