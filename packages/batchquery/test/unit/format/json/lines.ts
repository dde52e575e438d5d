import {
  BlockPool,
  type ExactColumn,
  type FormatClauses,
  JSON_LINES,
  NO_FORMAT_CLAUSES,
  type TypedColumn,
} from '../../../../src/format/index.ts'

export const TEXT: ExactColumn = { type: { kind: 'string' }, wire: 'text' }

export const column = (
  name: string,
  exact: ExactColumn,
  { kind = 'string', encoding = 'utf8' }: Partial<Pick<TypedColumn, 'kind' | 'encoding'>> = {},
): TypedColumn => ({ name: Buffer.from(name), type: 'text', kind, encoding, isLarge: false, exact })

export function encoderOf(columns: readonly TypedColumn[], clauses: Partial<FormatClauses> = {}) {
  const written: Buffer[] = []
  const encoder = JSON_LINES.plan({ ...NO_FORMAT_CLAUSES, ...clauses }).encoder(columns, {
    pool: new BlockPool(64 * 1024, 2),
    maxPartBytes: 1e9,
    emit: block => {
      written.push(Buffer.from(block.bytes))
      block.release()
    },
  })
  const finish = (): string => {
    void encoder.finish()
    return Buffer.concat(written).toString()
  }
  return { encoder, finish }
}

/** The line of a row of one value, which comes in pieces. */
export function lineInPieces(
  exact: ExactColumn,
  pieces: readonly Uint8Array[] | null,
  { name = 'v', ...more }: LineOptions = {},
): string {
  const { encoder, finish } = encoderOf([column(name, exact, more)], more)
  encoder.startRow(0, Number.POSITIVE_INFINITY)
  if (pieces === null) encoder.nullValue()
  for (const [index, piece] of pieces?.entries() ?? []) {
    const source = Buffer.from([0x22, ...piece, 0x22])
    encoder.piece(source, 1, source.length - 1, index === (pieces?.length ?? 0) - 1 ? 0 : -1)
  }
  encoder.endRow()
  return finish()
}

export type LineOptions = { readonly name?: string } & Partial<Pick<TypedColumn, 'kind' | 'encoding'>> &
  Partial<FormatClauses>

/** The line of a row of one value, which comes whole; null is NULL. */
export function line(
  exact: ExactColumn,
  value: Uint8Array | null,
  { name = 'v', ...more }: LineOptions = {},
): string {
  const { encoder, finish } = encoderOf([column(name, exact, more)], more)
  const source = Buffer.from([0x22, ...(value ?? []), 0x22])
  encoder.rows(source, value === null ? Int32Array.of(-1, -1) : Int32Array.of(1, source.length - 1), 1)
  return finish()
}

/** A value that is longer than a block. */
export function longLine(exact: ExactColumn, value: Buffer, options?: LineOptions): string {
  const count = Math.ceil(value.length / 2_000)
  const pieces = Array.from({ length: count }, (_, at) => value.subarray(at * 2_000, (at + 1) * 2_000))
  return lineInPieces(exact, pieces, options)
}
