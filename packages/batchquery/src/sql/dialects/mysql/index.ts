import type { SqlDialect } from '../dialect.ts'
import { MysqlBlocks } from './blocks.ts'
import { ForeignBody } from './foreign-body.ts'
import { MYSQL_GRANTS } from './grants.ts'
import { LEXICAL_RULES } from './lexical-rules.ts'
import { SQL_MODE } from './sql-mode.ts'

export const MYSQL: SqlDialect = {
  lexical: LEXICAL_RULES,
  strings: {
    possible: [true, false].flatMap(doubleQuotedStrings =>
      [true, false].map(backslashEscapes => ({ doubleQuotedStrings, backslashEscapes })),
    ),
    setting: SQL_MODE,
  },
  literals: {
    // Hexadecimal digits mean the same under every sql_mode and character set. The literal yields to the collation of a column,
    // like any other: https://dev.mysql.com/doc/refman/8.4/en/charset-introducer.html
    text: text => `_utf8mb4 X'${Buffer.from(text).toString('hex').toUpperCase()}'`,
    bytes: digits => `_binary X'${digits}'`,
    jsonCast: '',
    identifierQuote: '`',
    // https://dev.mysql.com/doc/refman/8.4/en/precision-math-decimal-characteristics.html
    mostDigits: 65,
    takesNul: true,
  },
  queryKeywords: new Set(['SELECT', 'TABLE', 'VALUES']),
  foldsNames: false,
  hasDelimiterCommand: true,
  hasSetStatementFor: true,
  hasIntoOutfile: true,
  routinesMayExport: true,
  trackBlocks: () => new MysqlBlocks(),
  trackForeignBody: () => new ForeignBody(),
  exportHint,
  grants: MYSQL_GRANTS,
}

/** The error of a server that finds INTO OUTFILE S3 in a routine, or in a text that is prepared. */
const NEAR_S3 = /near 'S3\b/i
/** 1 and 13 come from the operating system, 1086 is a file that exists; 1045, 1227 and 1290 are rights and settings. */
const ABOUT_FILES = /\((?:1|13|29|1045|1086|1227|1290)\)$/

/** Only a refusal that has to do with files or with S3 counts: a missing table is a missing table. */
function exportHint(message: string, writesFile: () => boolean): string | null {
  if (NEAR_S3.test(message))
    return 'Write INTO OUTFILE S3 at the end of a query of the task itself. batchquery cannot read it in a text that the server prepares or in a routine.'
  if (!ABOUT_FILES.test(message) || !writesFile()) return null
  return "Write INTO OUTFILE S3 's3://bucket/prefix' to export with batchquery. INTO OUTFILE alone makes the server write to its own disk."
}
