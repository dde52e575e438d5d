import type { FormatName, TextLayout } from '../../src/format/index.ts'
import type { Dialect } from '../../src/sql/index.ts'
import { outfileClauses } from '../integration/mysql/outfile-layouts.ts'
import type { WitnessName } from './witnesses/witness-name.ts'

/** How the rows of a query are written. */
export interface Writing {
  readonly format: FormatName
  /** The FIELDS and LINES options that the statement has. @default - none */
  readonly layout?: Partial<TextLayout>
  /** @default false */
  readonly header?: boolean
  /** @default - the clause is left out */
  readonly characterSet?: string
  /** @default - the parts are not compressed */
  readonly compression?: 'GZIP'
  /** As the clause MAXFILESIZE takes it. @default - one part */
  readonly maxFileSize?: string
  /** The column of PARTITION BY. @default - the result has no partitions */
  readonly partitionBy?: string
}

/** One export of the corpus. Its id and its bytes never change; a change of either makes another export of it. */
export interface CorpusExport {
  /** `dialect/format/name` */
  readonly id: string
  readonly dialect: Dialect
  /** Returns the same rows in the same order in every session. */
  readonly query: string
  readonly writing: Writing
  /** The witness that must write the same bytes when the export enters the corpus. */
  readonly witness: WitnessName
}

/** The statement as a task has it. */
export function statementOf({ query, writing }: CorpusExport, uri: string): string {
  const { format, layout = {}, header, characterSet, compression, maxFileSize, partitionBy } = writing
  return [
    `${query} INTO OUTFILE S3 '${uri}'`,
    ...(characterSet === undefined ? [] : [`CHARACTER SET ${characterSet}`]),
    `FORMAT ${format}${header ? ' HEADER' : ''}`,
    outfileClauses(layout),
    ...(compression === undefined ? [] : [`COMPRESSION ${compression}`]),
    ...(maxFileSize === undefined ? [] : [`MAXFILESIZE ${maxFileSize}`]),
    ...(partitionBy === undefined ? [] : [`PARTITION BY (${partitionBy})`]),
  ].join(' ')
}
