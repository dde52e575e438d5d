import { BatchQueryError } from '../../errors/index.ts'
import { partKey } from '../../export/index.ts'
import { DEFAULT_FORMAT, EXPORT_FORMATS, type FormatName, formatNamed } from '../../format/index.ts'
import { quoted } from '../../platform/index.ts'
import type { Options } from '../options.ts'
import type { QueryFormat } from './print-formats.ts'

/** How an export writes the rows of a query. */
export interface ExportFormat {
  readonly format: FormatName
  readonly compression: 'GZIP' | 'ZSTD' | undefined
  /** For people: what is written into which files, and what the name has decided. */
  readonly told: string
}

/** By the extension of a name. */
const COMPRESSIONS = { '.gz': 'GZIP', '.zst': 'ZSTD' } as const
const ENDINGS = Object.fromEntries(
  EXPORT_FORMATS.flatMap(format => format.endings.map(ending => [ending, format])),
)
const OPTIONS = EXPORT_FORMATS.map(({ option }) => option)
const oneOf = (words: readonly string[]): string => `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`

/**
 * Returns the format that the user asked for or, if there is none, the format that the end of the destination's name says. The
 * name alone says whether the parts are compressed.
 *
 * @param options that decide the names of the files
 * @throws USAGE if the name says another format than the user asked for
 */
export function exportFormatOf(
  to: string,
  asked: QueryFormat | undefined,
  options: Pick<Options, 'single' | 'partitionBy' | 'extension'> = {},
): ExportFormat {
  const exported = EXPORT_FORMATS.find(({ option }) => option === asked)
  if (asked !== undefined && exported === undefined)
    throw new BatchQueryError('USAGE', `--to cannot export --format ${asked}`, {
      hint: `Write ${oneOf(OPTIONS.map(option => `--format ${option}`))}.`,
    })
  const compressed = endingOf(to, COMPRESSIONS)
  const name = compressed === null ? to : to.slice(0, -compressed.ending.length)
  const named = endingOf(name, ENDINGS)
  if (named !== null && exported !== undefined && exported !== named.value)
    throw new BatchQueryError(
      'USAGE',
      `--to ${quoted(to)} means ${named.value.option}, but --format is ${exported.option}`,
      {
        hint: `Write --format ${named.value.option}, or choose a name that does not end in ${named.ending}.`,
      },
    )
  const format = exported ?? named?.value ?? formatNamed(DEFAULT_FORMAT)
  const compression = compressed?.value
  if (compression !== undefined && format.compressesInside)
    throw new BatchQueryError(
      'USAGE',
      `--to ${quoted(to)}: ${format.option} is compressed inside its files`,
      {
        hint: `Choose a name without ${compressed?.ending}.`,
      },
    )
  const isDecided = compressed !== null || (exported === undefined && named !== null)
  const what = [format.option, ...(compression === undefined ? [] : [compression])].join(', ')
  const files = filesOf(to, format.extension, compressed?.ending ?? '', options)
  return {
    format: format.name,
    compression,
    told: `exports ${what}${isDecided ? ', as the name says,' : ''} to ${files}`,
  }
}

function filesOf(
  to: string,
  usual: string,
  compressed: string,
  { single, partitionBy, extension }: Pick<Options, 'single' | 'partitionBy' | 'extension'>,
): string {
  if (single) return to
  const ending = `${extension === undefined ? usual : `.${extension.replace(/^\./, '')}`}${compressed}`
  return `${partKey(to, 0, ending, partitionBy === undefined ? '' : 'COLUMN=VALUE')} and so on`
}

/** Returns the ending that a name has, with its value. */
function endingOf<Value>(name: string, values: Readonly<Record<string, Value>>) {
  const found = Object.entries(values).find(([ending]) => name.toLowerCase().endsWith(ending))
  return found === undefined ? null : { ending: found[0], value: found[1] }
}
