import type { Clause, ExportClauses } from './clause.ts'
import { excerpt, syntaxError } from './syntax-error.ts'

const UNITS = { MB: 1024 ** 2, GB: 1024 ** 3 } as const
type Unit = keyof typeof UNITS
const SIZE = /^(\d+(?:\.\d*)?|\.\d+)(MB|GB)?$/i

interface Limits {
  readonly smallest: number
  readonly largest: number
}

/** The largest object that S3 holds is the largest part. */
const PART: Limits = { smallest: UNITS.MB, largest: 5 * 1024 * UNITS.GB }
const ROW_GROUP: Limits = { smallest: 4 * UNITS.MB, largest: 512 * UNITS.MB }

const bytesOf = (number: string, unit: Unit, { smallest, largest }: Limits): number | null => {
  const bytes = Math.floor(Number(number) * UNITS[unit])
  return bytes >= smallest && bytes <= largest ? bytes : null
}

/** In bytes; null for a size that no part may have. */
export const maxFileSizeOf = (number: string, unit: Unit): number | null => bytesOf(number, unit, PART)
/** In bytes; null for a size that no row group may have. */
export const rowGroupSizeOf = (number: string, unit: Unit): number | null => bytesOf(number, unit, ROW_GROUP)

/** https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html: a decimal number, and MB means 1024 * 1024 bytes. */
const sizeClause = (
  name: string,
  limits: Limits,
  { example, range }: { readonly example: string; readonly range: string },
  read: (bytes: number) => Partial<ExportClauses>,
): Clause => ({
  name,
  form: `${name} and a size such as ${example}`,
  read(reader) {
    const { position } = reader
    const [, number, touchingUnit] = SIZE.exec(reader.text) ?? []
    if (number === undefined) throw reader.unexpected(`a number after ${name}`, this.form)
    reader.take()
    const unit = touchingUnit?.toUpperCase() === 'GB' ? 'GB' : 'MB'
    const chosen =
      touchingUnit === undefined ? reader.choose(['MB', 'GB'], `${name} ${number}`, this.form) : unit
    const bytes = bytesOf(number, chosen, limits)
    if (bytes !== null) return read(bytes)
    throw syntaxError(
      position,
      `a ${name} of ${range}`,
      excerpt(`${number} ${chosen}`),
      `Write ${this.form}.`,
    )
  },
})

export const MAXFILESIZE_CLAUSE = sizeClause(
  'MAXFILESIZE',
  PART,
  { example: '256 MB or 6.2 GB', range: '1 MB to 5120 GB' },
  maxFileSize => ({ maxFileSize }),
)

export const ROWGROUPSIZE_CLAUSE = sizeClause(
  'ROWGROUPSIZE',
  ROW_GROUP,
  { example: '64 MB', range: '4 MB to 512 MB' },
  rowGroupSize => ({ rowGroupSize }),
)
