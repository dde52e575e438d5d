import { BatchQueryError } from '../../errors/index.ts'
import { type FormatClauses, refuseOtherCharacters, refuseOtherClauses } from '../clauses.ts'
import type { TypedColumn } from '../column.ts'
import {
  type Format,
  type FormatPlan,
  type Host,
  type Origin,
  type PartCheck,
  type PartDescription,
  type PartSize,
  type ReadRange,
  THIS_PROCESS,
} from '../format.ts'
import { PageCheck } from './check-pages.ts'
import { codecOf, defaultCodec } from './codecs.ts'
import { LEAST_MEMORY, memoryFor } from './limits.ts'
import { ParquetEncoder } from './parquet-encoder.ts'
import { readFooter } from './read-footer.ts'
import { columnStatistics } from './statistics.ts'
import { invalid } from './thrift-reader.ts'
import type { ParquetColumn } from './type.ts'
import { rowsOfWrittenFile, WrittenFileJoiner } from './written-files.ts'

const MIB = 1 << 20
/** The size that engines read best; a group must not be cut by the end of a part. */
const PART_BYTES = 256 * MIB
const GROUP_BYTES = 64 * MIB

/** Apache Parquet, with typed columns. https://parquet.apache.org/docs/file-format/ */
export const PARQUET = {
  name: 'PARQUET',
  otherNames: ['PQ'],
  option: 'parquet',
  endings: ['.parquet'],
  extension: '.parquet',
  mediaType: 'application/vnd.apache.parquet',
  clauses: ['CHARACTER SET', 'COMPRESSION SNAPPY', 'ROWGROUPSIZE', 'TYPES', 'INVALID DATES'],
  defaultPartBytes: PART_BYTES,
  compressesInside: true,
  reader: { describe, check },
  plan,
} as const satisfies Format

function plan(clauses: FormatClauses, { isElsewhere, memoryBytes }: Host = THIS_PROCESS): FormatPlan {
  refuseOtherClauses(PARQUET, clauses, 'Remove the clause. A Parquet file has typed columns with names.')
  refuseOtherCharacters(PARQUET.name, clauses)
  const { name, extension } = PARQUET
  const { compression, rowGroupSize, types, invalidDates } = clauses
  const rowGroupBytes = rowGroupSize ?? GROUP_BYTES
  const codec = compression ?? (isElsewhere ? 'default' : defaultCodec())
  if (!isElsewhere && codec !== 'default') codecOf(codec)
  const wanted = memoryFor(rowGroupBytes)
  if (memoryBytes < LEAST_MEMORY) throw outOfMemory(wanted, memoryBytes)
  return {
    name,
    extension,
    text: 'typed',
    types,
    characterSet: null,
    codec,
    rowGroupBytes,
    isShortOfMemory: memoryBytes < wanted,
    delimited: null,
    check: columns => void exactColumns(columns, invalidDates),
    writtenFiles(output, origin) {
      if (rowGroupSize !== null) throw ownRowGroups()
      return {
        format: 'parquet',
        codec: codec === 'default' ? defaultCodec() : codec,
        fileRows: rowsOfWrittenFile(output.maxPartBytes),
        joiner: new WrittenFileJoiner(output, origin === undefined ? [] : metadataOf(origin)),
      }
    },
    encoder(columns, output, _session, origin) {
      const options = {
        codec: codec === 'default' ? defaultCodec() : codec,
        groupBytes: Math.min(rowGroupBytes, output.maxPartBytes),
        memoryBytes: Math.min(memoryBytes, wanted),
        createdBy: createdBy(origin?.version ?? '0'),
        metadata: origin === undefined ? [] : metadataOf(origin),
      }
      return new ParquetEncoder(exactColumns(columns, invalidDates), output, options)
    },
  }
}

/** The form that readers parse, with a build: https://github.com/apache/parquet-java (VersionParser). */
const createdBy = (version: string): string => `batchquery version ${version} (build ${version})`

const RUN_ID = 'batchquery.run'

async function describe(bytes: number, read: ReadRange): Promise<PartDescription> {
  const footer = await readFooter(bytes, read)
  return {
    columns: footer.columns,
    statistics: columnStatistics(footer),
    runId: footer.metadata.get(RUN_ID) ?? null,
  }
}

async function check({ rows, bytes }: PartSize, read: ReadRange): Promise<PartCheck> {
  const footer = await readFooter(bytes, read)
  if (footer.rows !== rows)
    throw invalid(`its footer counts ${footer.rows} rows, but the run published ${rows}`)
  return new PageCheck(footer)
}

/** The file's key-value metadata. */
const metadataOf = ({
  version,
  runId,
  statementSha256,
  server,
  level,
}: Origin): readonly (readonly [string, string])[] => [
  ['batchquery.version', version],
  [RUN_ID, runId],
  ['batchquery.statement.sha256', statementSha256],
  ['batchquery.server', server],
  ['batchquery.level', level],
]

/**
 * @throws UNSUPPORTED_CLAUSE if there is no column, or two have names that differ only in case: readers find a column by its name, and
 *   Spark and Athena ignore the case
 */
function exactColumns(
  columns: readonly TypedColumn[],
  invalidDates: FormatClauses['invalidDates'],
): readonly ParquetColumn[] {
  if (columns.length === 0)
    throw unsupported('needs at least one column, but the result has none', 'Select a column.')
  const names = new Map<string, string>()
  return columns.map(column => {
    if (column.exact === undefined)
      throw new BatchQueryError('INTERNAL', 'a column of a Parquet file has no type')
    const name = Buffer.from(column.name).toString()
    const other = names.get(name.toLowerCase())
    if (other !== undefined) throw equalNames(other, name)
    names.set(name.toLowerCase(), name)
    return { name, invalidDates, ...column.exact }
  })
}

const ownRowGroups = (): BatchQueryError =>
  unsupported(
    'has no ROWGROUPSIZE if the result has a nested column or a TIMESTAMP_NS',
    'Remove the clause. DuckDB writes such a result itself, and sets the rows of a row group.',
  )

const equalNames = (one: string, other: string): BatchQueryError =>
  unsupported(
    one === other
      ? `needs a different name for each column, but two columns of the result are named ${JSON.stringify(one)}`
      : `needs column names that differ in more than their case, but the result has ${JSON.stringify(one)} and ${JSON.stringify(other)}`,
    'Rename one of them in the query: AS other_name.',
  )

const outOfMemory = (wanted: number, memoryBytes: number): BatchQueryError =>
  unsupported(
    `needs ${mib(LEAST_MEMORY)} of memory, but this process may use only ${mib(memoryBytes)}`,
    `Raise the memory to ${mib(wanted)} (--memory), or write another FORMAT.`,
  )

const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`

const unsupported = (what: string, hint: string): BatchQueryError =>
  new BatchQueryError('UNSUPPORTED_CLAUSE', `FORMAT PARQUET ${what}`, { hint })
