import type { Clause } from './clause.ts'
import { excerpt, syntaxError } from './syntax-error.ts'

const UNITS = { MB: 1024 ** 2, GB: 1024 ** 3 } as const
const SMALLEST = UNITS.MB
/** The largest object that S3 holds. */
const LARGEST = 5 * 1024 * UNITS.GB
const SIZE = /^(\d+(?:\.\d*)?|\.\d+)(MB|GB)?$/i

/** In bytes; null for a size that no part may have. */
export const maxFileSizeOf = (number: string, unit: keyof typeof UNITS): number | null => {
  const bytes = Math.floor(Number(number) * UNITS[unit])
  return bytes >= SMALLEST && bytes <= LARGEST ? bytes : null
}

/** https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html: a decimal number, and MB means 1024 * 1024 bytes. */
export const MAXFILESIZE_CLAUSE: Clause = {
  name: 'MAXFILESIZE',
  form: 'MAXFILESIZE and a size such as 256 MB or 6.2 GB',
  read(reader) {
    const { position } = reader
    const [, number, touchingUnit] = SIZE.exec(reader.text) ?? []
    if (number === undefined) throw reader.unexpected('a number after MAXFILESIZE', this.form)
    reader.take()
    const unit = touchingUnit?.toUpperCase() === 'GB' ? 'GB' : 'MB'
    const chosen =
      touchingUnit === undefined ? reader.choose(['MB', 'GB'], `MAXFILESIZE ${number}`, this.form) : unit
    const maxFileSize = maxFileSizeOf(number, chosen)
    if (maxFileSize !== null) return { maxFileSize }
    throw syntaxError(
      position,
      'a MAXFILESIZE of 1 MB to 5120 GB',
      excerpt(`${number} ${chosen}`),
      `Write ${this.form}.`,
    )
  },
}
