import { BatchQueryError } from '../../errors/index.ts'
import { quoted } from '../../platform/index.ts'
import type { PrintFormat } from './print-formats.ts'

/** How an export writes the rows of a query. */
export interface ExportFormat {
  readonly format: 'TEXT' | 'CSV'
  readonly compression: 'GZIP' | 'ZSTD' | undefined
  /** A sentence for the user: what is written into which files, and whether the name decided it. */
  readonly told: string
}

/** By the extension of a name. */
const COMPRESSIONS = { '.gz': 'GZIP', '.zst': 'ZSTD' } as const
/** Not .txt, which any text format may have. */
const FORMATS = { '.csv': 'csv', '.tsv': 'tsv' } as const
const UNWRITTEN = ['.json', '.jsonl', '.parquet']

/**
 * Chooses the format of an export: the requested one, or the one of the destination's extension. Only the extension decides about
 * compression.
 *
 * @throws USAGE if the extension contradicts the requested format, or is that of a format that exports do not have
 */
export function exportFormatOf(to: string, asked: PrintFormat | undefined): ExportFormat {
  if (asked === 'table' || asked === 'json')
    throw new BatchQueryError('USAGE', `--to cannot export --format ${asked}`, {
      hint: 'Write --format tsv or --format csv.',
    })
  const compressed = endingOf(to, COMPRESSIONS)
  const name = compressed === null ? to : to.slice(0, -compressed.ending.length)
  const unwritten = UNWRITTEN.find(ending => name.toLowerCase().endsWith(ending))
  if (unwritten !== undefined)
    throw new BatchQueryError('USAGE', `--to ${quoted(to)}: an export is tsv or csv, and no ${unwritten}`, {
      hint: unwritten.startsWith('.json')
        ? 'Write --format csv and a name that ends in .csv, or leave --to out: --format json > FILE.'
        : 'Write --format csv and a name that ends in .csv.',
    })
  const named = endingOf(name, FORMATS)
  if (named !== null && asked !== undefined && asked !== named.value)
    throw new BatchQueryError('USAGE', `--to ${quoted(to)} says ${named.value}, and --format says ${asked}`, {
      hint: `Write --format ${named.value}, or give it a name that does not end in ${named.ending}.`,
    })
  const format = asked ?? named?.value ?? 'tsv'
  const compression = compressed?.value
  const isDecided = compressed !== null || (asked === undefined && named !== null)
  const what = [format, ...(compression === undefined ? [] : [compression])].join(', ')
  const files = `${to}.part_00000${compressed?.ending ?? ''} and so on`
  return {
    format: format === 'csv' ? 'CSV' : 'TEXT',
    compression,
    told: `exports ${what}${isDecided ? ', as the name says,' : ''} to ${files}`,
  }
}

/** The extension of a name, and its value. */
function endingOf<Value>(name: string, values: Readonly<Record<string, Value>>) {
  const found = Object.entries(values).find(([ending]) => name.toLowerCase().endsWith(ending))
  return found === undefined ? null : { ending: found[0], value: found[1] }
}
