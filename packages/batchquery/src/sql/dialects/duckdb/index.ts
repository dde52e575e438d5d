import type { SqlDialect } from '../dialect.ts'
import { LEXICAL_RULES } from '../postgres/lexical-rules.ts'
import { escapeString, quoted } from '../postgres/literals.ts'

export const DUCKDB: SqlDialect = {
  // PostgreSQL's lexer with structs, and with Unicode spaces as spaces (found by trying it).
  lexical: { ...LEXICAL_RULES, structs: true, unicodeSpaces: true },
  strings: { possible: [{ backslashEscapes: false, doubleQuotedStrings: false }], setting: null },
  literals: {
    text: text => (/[\n\r]/.test(text) ? escapeString(text, /[\n\r]/g, escapeLineBreak) : quoted(text)),
    bytes: digits => `system.main.unhex('${digits}')`,
    jsonCast: '::JSON',
    identifierQuote: '"',
    // DuckDB silently turns longer numbers into floating point: https://duckdb.org/docs/stable/sql/data_types/numeric
    mostDigits: 38,
    takesNul: false,
  },
  queryKeywords: new Set(['SELECT', 'TABLE', 'VALUES', 'FROM', 'PIVOT', 'UNPIVOT']),
  foldsNames: false,
  hasDelimiterCommand: false,
  hasSetStatementFor: false,
  hasIntoOutfile: false,
  routinesMayExport: false,
  trackBlocks: null,
  trackForeignBody: null,
  exportHint: () => null,
  grants: null,
}

function escapeLineBreak(character: string): string {
  return character === '\n' ? '\\n' : '\\r'
}
