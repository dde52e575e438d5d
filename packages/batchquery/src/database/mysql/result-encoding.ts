import type { Block, Encoder, SessionText, TypedColumn } from '../../format/index.ts'
import type { StreamOptions } from '../database.ts'
import { characterSetEncoding, resultCharacterSet } from './character-set-encoding.ts'
import type { ColumnDefinition } from './column-definition.ts'
import { columnFormat, type ResultRules } from './column-format.ts'
import { exactColumn } from './exact-column.ts'
import type { OffsetAt } from './time-zone.ts'
import { transcoderOf } from './transcoders.ts'

/** The properties of a session that decide how its results are encoded. */
export interface SessionRules {
  readonly backslashEscapes: SessionText['backslashEscapes']
  readonly bitKind: ResultRules['bitKind']
  /** By which TIMESTAMP columns become UTC. @default - there are none, or they need not */
  readonly offsetAt?: OffsetAt | undefined
}

/**
 * Makes the encoder of a result with these columns.
 *
 * @throws what the plan's `encoder` and `exactColumn` throw for columns that cannot be written
 */
export function encodeResult(
  definitions: readonly ColumnDefinition[],
  { format, maxPartBytes, pool }: StreamOptions,
  { bitKind, backslashEscapes, offsetAt }: SessionRules,
  emit: (block: Block) => void,
): { columns: readonly TypedColumn[]; encoder: Encoder } {
  const characterSet = resultCharacterSet(format)
  const names = characterSetEncoding(characterSet)
  const rules = { isConverted: characterSet !== null, names, bitKind }
  const isTyped = format.text === 'typed'
  const columns = definitions.map(definition => {
    const column = columnFormat(definition, rules)
    return isTyped
      ? { ...column, exact: exactColumn(definition, { offsetAt, transcoder: transcoderOf }) }
      : column
  })
  const encoder = format.encoder(columns, { pool, maxPartBytes, emit }, { names, backslashEscapes })
  return { columns, encoder }
}
