import { BatchQueryError } from '../../errors/index.ts'
import { quoted } from '../../platform/index.ts'
import type { PrintFormat } from './print-formats.ts'

/** How the rows of a query are written when they are exported. */
export interface ExportFormat {
  readonly format: 'TEXT' | 'CSV'
  readonly compression: 'GZIP' | 'ZSTD' | undefined
  /** For people: what is written into which files, and what of that the name has decided. */
  readonly told: string
}

/** By the ending of a name. */
const COMPRESSIONS = { '.gz': 'GZIP', '.zst': 'ZSTD' } as const
/** Not .txt, which says no more than that it is text. */
const FORMATS = { '.csv': 'csv', '.tsv': 'tsv' } as const
const UNWRITTEN = ['.json', '.jsonl', '.parquet']

/**
 * The format that is asked for or, when none is, the one that the end of the destination's name says. The name alone says whether
 * the parts are compressed.
 *
 * @throws USAGE for a name that says another format than the one that is asked for, or one that no export has
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

/** The value of the ending that a name has. */
function endingOf<Value>(name: string, values: Readonly<Record<string, Value>>) {
  const found = Object.entries(values).find(([ending]) => name.toLowerCase().endsWith(ending))
  return found === undefined ? null : { ending: found[0], value: found[1] }
}
