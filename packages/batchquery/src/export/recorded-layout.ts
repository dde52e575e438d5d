import { isDeepStrictEqual } from 'node:util'
import {
  type DelimitedText,
  type ExportFormatPlan,
  type FormatName,
  formatNamed,
  NO_FORMAT_CLAUSES,
  type SessionText,
} from '../format/index.ts'
import type { RecordedLayout, StagedExport } from '../journal/index.ts'

/**
 * How the record of an export describes its delimited text. Undefined if the export has the usual form of its format, or no delimited text.
 *
 * @param session how the session of the export treated text
 */
export function recordedLayout(
  { name, delimited, characterSet }: ExportFormatPlan,
  { backslashEscapes }: SessionText,
): RecordedLayout | undefined {
  if (delimited === null) return undefined
  const usual = usualLayout(name)
  // Such a session makes TEXT without ESCAPED BY, in which a backslash is a character like any other.
  const isPlain = name === 'TEXT' && !backslashEscapes && isDeepStrictEqual(delimited.escape, usual?.escape)
  const escapedBy = isPlain ? '' : latin1(delimited.escape)
  const layout = {
    header: delimited.header,
    separator: latin1(delimited.separator),
    quote: latin1(delimited.quote),
    escape: escapedBy,
    nullWord: isPlain ? 'NULL' : latin1(delimited.nullWord),
    lineStart: latin1(delimited.lineStart),
    lineEnd: latin1(delimited.lineEnd),
    ...(delimited.bom && { bom: true as const }),
    ...(characterSet !== null && { characterSet }),
  }
  return !isPlain && characterSet === null && isDeepStrictEqual(delimited, usual) ? undefined : layout
}

/** The form of a format without clauses. Null for a format that is not delimited text. */
export const usualLayout = (format: FormatName): DelimitedText | null =>
  formatNamed(format).plan(NO_FORMAT_CLAUSES).delimited

/** The form of an export's delimited text. A record of an earlier version says only whether there is a header. */
export function layoutOfExport({ format, delimited, parts }: StagedExport): DelimitedText | null {
  const usual = usualLayout(format)
  if (usual === null) return null
  if (delimited === undefined) return { ...usual, header: parts.some(({ headerBytes }) => headerBytes > 0) }
  return {
    header: delimited.header,
    escaping: usual.escaping,
    separator: bytes(delimited.separator),
    quote: bytes(delimited.quote),
    escape: bytes(delimited.escape),
    nullWord: bytes(delimited.nullWord),
    lineStart: bytes(delimited.lineStart),
    lineEnd: bytes(delimited.lineEnd),
    bom: delimited.bom ?? false,
  }
}

const latin1 = (value: Uint8Array): string => Buffer.from(value).toString('latin1')
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')
