import {
  type Block,
  type Encoder,
  type FormatPlan,
  requestedColumn,
  requestsFor,
  type SessionText,
  type TypedColumn,
} from '../../format/index.ts'
import type { StreamOptions } from '../database.ts'
import { characterSetEncoding, resultCharacterSet } from './character-set-encoding.ts'
import type { ColumnDefinition } from './column-definition.ts'
import { columnFormat, type ResultRules } from './column-format.ts'
import { type ExactRules, exactColumn, printedColumn } from './exact-column.ts'
import { serverType } from './server-type.ts'
import type { OffsetAt } from './time-zone.ts'
import { transcoderOf } from './transcoders.ts'

/** The properties of a session that decide how its results are encoded. */
export interface SessionRules {
  readonly backslashEscapes: SessionText['backslashEscapes']
  readonly bitKind: ResultRules['bitKind']
  /** By which TIMESTAMP columns become UTC. @default - there are none, or they need not */
  readonly offsetAt?: OffsetAt | undefined
  /** As in `ExactRules`. */
  readonly textReason?: ExactRules['textReason']
}

/**
 * Describes the columns of a result for the format.
 *
 * @throws QUERY_FAILED for a FLOAT column in the text protocol if the format writes typed values; UNSUPPORTED_CLAUSE if TYPES asks for what
 *   these columns cannot be
 */
export function resultColumns(
  definitions: readonly ColumnDefinition[],
  format: FormatPlan,
  { bitKind, offsetAt, textReason }: SessionRules,
): readonly TypedColumn[] {
  const characterSet = resultCharacterSet(format)
  const rules = { isConverted: characterSet !== null, names: characterSetEncoding(characterSet), bitKind }
  const columns = definitions.map(definition => ({
    ...columnFormat(definition, rules),
    serverType: serverType(definition),
  }))
  if (format.text !== 'typed') {
    if (format.partitionBy === undefined) return columns
    // Converted text is in UTF-8.
    const transcoder = rules.isConverted ? () => undefined : transcoderOf
    return columns.map((column, index) => ({
      ...column,
      exact: printedColumn(definitions[index], transcoder),
    }))
  }
  const names = columns.map(({ name }) => Buffer.from(name).toString())
  const requests = requestsFor(names, format.types, true)
  return columns.map((column, index) => {
    const request = requests[index]
    const hasNoLists = format.prefersText === true || request !== undefined
    const own = exactColumn(definitions[index], {
      offsetAt,
      textReason,
      hasNoLists,
      transcoder: transcoderOf,
    })
    const exact = requestedColumn(names[index], own, request)
    const isZoned = exact.type.kind === 'timestamp' && exact.type.utc
    return { ...column, exact: isZoned ? { ...exact, offsetAt } : exact }
  })
}

/**
 * Makes the encoder of a result.
 *
 * @throws what `FormatPlan.encoder` throws
 */
export function encodeResult(
  columns: readonly TypedColumn[],
  { format, maxPartBytes, pool }: StreamOptions,
  { backslashEscapes }: SessionRules,
  emit: (block: Block) => void,
): Encoder {
  const names = characterSetEncoding(resultCharacterSet(format))
  return format.encoder(columns, { pool, maxPartBytes, emit }, { names, backslashEscapes })
}
