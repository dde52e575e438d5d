import {
  COMPRESSION_NAMES,
  DEFAULT_FORMAT,
  EXPORT_FORMATS,
  FORMAT_NAMES,
  NO_FORMAT_CLAUSES,
} from '../format/index.ts'
import type { Clause, ExportClauses } from './clause.ts'
import type { ClauseReader } from './clause-reader.ts'
import { EXTENSION_CLAUSE, MAXPARTITIONS_CLAUSE, PARTITION_CLAUSE } from './dataset-clauses.ts'
import { FIELDS_CLAUSE, LINES_CLAUSE } from './layout-clause.ts'
import { nearestWord } from './nearest-word.ts'
import { PARALLEL_CLAUSE } from './parallel-clause.ts'
import { MAXFILESIZE_CLAUSE, ROWGROUPSIZE_CLAUSE } from './size-clauses.ts'
import { AFTER_EXPORT_CLAUSE } from './token-context.ts'
import { TYPES_CLAUSE } from './types-clause.ts'

/** The values if the statement has no clause. */
export const NO_CLAUSES: ExportClauses = {
  ...NO_FORMAT_CLAUSES,
  format: DEFAULT_FORMAT,
  manifest: 'OFF',
  overwrite: 'OFF',
  partitionBy: null,
  maxPartitions: null,
  single: false,
  parallel: null,
  extension: null,
  encryption: null,
  maxFileSize: null,
}

/** Formats of other systems, which deserve a better answer than a syntax error. */
const FOREIGN_FORMATS = ['ARROW', 'AVRO', 'ORC', 'XML']
/** Other names of the formats that an export can have. */
const OTHER_FORMAT_NAMES = Object.fromEntries(
  EXPORT_FORMATS.flatMap(({ name, otherNames }) => otherNames.map(other => [other, name] as const)),
)

const CHARACTER_SET: Clause = {
  name: 'CHARACTER SET',
  form: 'CHARACTER SET and a name such as utf8mb4',
  read(reader) {
    reader.choose(['SET'], 'CHARACTER', this.form)
    return readCharacterSet(reader, this)
  },
}

/** The server's other word for CHARACTER SET. */
const CHARSET: Clause = { ...CHARACTER_SET, read: reader => readCharacterSet(reader, CHARACTER_SET) }

/** DEFAULT, which MariaDB takes, means the same as no clause. */
const readCharacterSet = (reader: ClauseReader, { name, form }: Clause): Partial<ExportClauses> => ({
  characterSet: reader.accept('DEFAULT') ? null : reader.name(name, form),
})

const FORMAT: Clause = {
  name: 'FORMAT',
  form: `FORMAT {${FORMAT_NAMES.join('|')}} [HEADER]`,
  read(reader) {
    if (FOREIGN_FORMATS.includes(reader.keyword)) {
      throw reader.unsupported(
        `FORMAT ${reader.keyword}`,
        `Write one of the formats ${FORMAT_NAMES.join(', ')}.`,
      )
    }
    const format = reader.choose(FORMAT_NAMES, this.name, this.form, OTHER_FORMAT_NAMES)
    return { format, header: reader.accept('HEADER') }
  },
}

const SWITCHES = { YES: 'ON', TRUE: 'ON', 1: 'ON', NO: 'OFF', FALSE: 'OFF', 0: 'OFF' } as const

const onOrOff = (name: string, read: (isOn: boolean) => Partial<ExportClauses>): Clause => {
  const form = `${name} {ON|OFF}`
  return { name, form, read: reader => read(reader.choose(['ON', 'OFF'], name, form, SWITCHES) === 'ON') }
}

const MANIFEST: Clause = {
  name: 'MANIFEST',
  form: 'MANIFEST {ON|VERBOSE|OFF}',
  read(reader) {
    return { manifest: reader.choose(['ON', 'VERBOSE', 'OFF'], this.name, this.form, SWITCHES) }
  },
}

const OVERWRITE: Clause = {
  name: 'OVERWRITE',
  form: 'OVERWRITE {ON|PARTITIONS|OFF}',
  read(reader) {
    const others = { ...SWITCHES, CLEANPATH: 'PARTITIONS', PARTITION: 'PARTITIONS' } as const
    return { overwrite: reader.choose(['ON', 'PARTITIONS', 'OFF'], this.name, this.form, others) }
  },
}

const ENCRYPTION: Clause = {
  name: 'ENCRYPTION',
  form: "ENCRYPTION {ON|OFF|SSE_S3|SSE_KMS ['key id']}",
  read(reader) {
    const others = { ...SWITCHES, AES256: 'SSE_S3', KMS: 'SSE_KMS', 'AWS:KMS': 'SSE_KMS' } as const
    const kind = reader.choose(['ON', 'OFF', 'SSE_S3', 'SSE_KMS'], this.name, this.form, others)
    if (kind !== 'SSE_KMS') return { encryption: { kind } }
    if (!reader.startsLiteral) return { encryption: { kind, keyId: null } }
    return { encryption: { kind, keyId: reader.textLiteral(kind, this.form) } }
  },
}

const COMPRESSION: Clause = {
  name: 'COMPRESSION',
  form: `COMPRESSION {${COMPRESSION_NAMES.join('|')}}`,
  read(reader) {
    const others = { OFF: 'NONE', NO: 'NONE', GZ: 'GZIP', ZST: 'ZSTD', ZSTANDARD: 'ZSTD' } as const
    return { compression: reader.choose(COMPRESSION_NAMES, this.name, this.form, others) }
  },
}

const INVALID_DATES: Clause = {
  name: 'INVALID DATES',
  form: 'INVALID DATES {NULL|ERROR}',
  read(reader) {
    reader.choose(['DATES'], 'INVALID', this.form)
    return { invalidDates: reader.choose(['NULL', 'ERROR'], this.name, this.form) }
  },
}

const CLAUSES: ReadonlyMap<string, Clause> = new Map([
  ['CHARACTER', CHARACTER_SET],
  ['CHAR', CHARACTER_SET],
  ['CHARSET', CHARSET],
  ['FORMAT', FORMAT],
  ['TYPES', TYPES_CLAUSE],
  ['INVALID', INVALID_DATES],
  ['FIELDS', FIELDS_CLAUSE],
  ['COLUMNS', FIELDS_CLAUSE],
  ['LINES', LINES_CLAUSE],
  ['BOM', onOrOff('BOM', bom => ({ bom }))],
  ['PARTITION', PARTITION_CLAUSE],
  ['MAXPARTITIONS', MAXPARTITIONS_CLAUSE],
  ['PARALLEL', PARALLEL_CLAUSE],
  ['MANIFEST', MANIFEST],
  ['OVERWRITE', OVERWRITE],
  ['SINGLE', onOrOff('SINGLE', single => ({ single }))],
  ['EXTENSION', EXTENSION_CLAUSE],
  ['ENCRYPTION', ENCRYPTION],
  ['COMPRESSION', COMPRESSION],
  ['MAXFILESIZE', MAXFILESIZE_CLAUSE],
  ['ROWGROUPSIZE', ROWGROUPSIZE_CLAUSE],
])

const CLAUSE_NAMES = [...new Set([...CLAUSES.values()].map(({ name }) => name))].join(', ')

/** Words of other systems, and clauses without their first word. */
const MEANT = new Map([
  ['TERMINATED', 'FIELDS TERMINATED BY or LINES TERMINATED BY'],
  ['ENCLOSED', 'FIELDS ENCLOSED BY'],
  ['OPTIONALLY', 'FIELDS OPTIONALLY ENCLOSED BY'],
  ['ESCAPED', 'FIELDS ESCAPED BY'],
  ['STARTING', 'LINES STARTING BY'],
  ['DELIMITER', 'FIELDS TERMINATED BY'],
  ['SEPARATOR', 'FIELDS TERMINATED BY'],
  ['QUOTE', 'FIELDS ENCLOSED BY'],
  ['ESCAPE', 'FIELDS ESCAPED BY'],
  ...EXPORT_FORMATS.flatMap(({ name, option }) =>
    [name, option.toUpperCase()].map(word => [word, `FORMAT ${name}`] as const),
  ),
  ['TYPE', 'TYPES'],
  ['SCHEMA', 'TYPES'],
  ['CAST', 'TYPES'],
  ['HEADER', `FORMAT ${DEFAULT_FORMAT} HEADER`],
  ['GZIP', 'COMPRESSION GZIP'],
  ['ZSTD', 'COMPRESSION ZSTD'],
  ['SNAPPY', 'COMPRESSION SNAPPY'],
  ['ENCODING', 'CHARACTER SET'],
  ['CHARACTERSET', 'CHARACTER SET'],
  ['ALLOWOVERWRITE', 'OVERWRITE ON'],
  ['OVERWRITE_OR_IGNORE', 'OVERWRITE ON'],
  ['CLEANPATH', 'OVERWRITE PARTITIONS'],
  ['PARTITIONED', 'PARTITION BY'],
  ['PARTITION_BY', 'PARTITION BY'],
  ['PARTITIONS', 'PARTITION BY'],
  ['MAX_PARTITIONS', 'MAXPARTITIONS'],
  ['INCLUDE', 'PARTITION BY (...) INCLUDE'],
  ['WRITE_PARTITION_COLUMNS', 'PARTITION BY (...) INCLUDE'],
  ['FILE_EXTENSION', 'EXTENSION'],
  ['SINGLE_FILE', 'SINGLE ON'],
  ['MAX_FILE_SIZE', 'MAXFILESIZE'],
  ['VERBOSE', 'MANIFEST VERBOSE'],
  ['CONSISTENCY', 'PARALLEL n CONSISTENCY {SNAPSHOT|NONE}'],
  ['CONSISTENT', 'PARALLEL n CONSISTENCY {SNAPSHOT|NONE}'],
  ['THREADS', 'PARALLEL'],
])

const meantClause = (keyword: string): string | null => {
  const word = MEANT.has(keyword) ? keyword : nearestWord(keyword, [...CLAUSES.keys(), ...MEANT.keys()])
  return word === null ? null : (MEANT.get(word) ?? word)
}

/** Reads the clauses after the destination, in any order, up to the end or to a word of the query that may follow them. */
export const readExportClauses = (reader: ClauseReader): ExportClauses => {
  let clauses = NO_CLAUSES
  const seen = new Set<string>()
  while (!reader.atEnd && !AFTER_EXPORT_CLAUSE.includes(reader.keyword)) {
    const { keyword } = reader
    const clause = CLAUSES.get(keyword)
    if (clause === undefined) {
      const meant = meantClause(keyword)
      throw reader.unexpected(
        'a clause of INTO OUTFILE S3 or the end of the statement',
        meant === null
          ? `ORDER BY, LIMIT and the rest of the query before INTO; after the destination ${CLAUSE_NAMES}`
          : `one of ${CLAUSE_NAMES} after the destination`,
        meant,
      )
    }
    if (seen.has(clause.name)) throw reader.repeated(clause.name, clause.form)
    seen.add(clause.name)
    reader.take()
    clauses = { ...clauses, ...clause.read(reader) }
  }
  return clauses
}
