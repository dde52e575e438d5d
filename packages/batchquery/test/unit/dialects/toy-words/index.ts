import type { BlockTracker, SqlDialect } from '../../../../src/sql/dialects/dialect.ts'
import type { CodeToken } from '../../../../src/sql/token.ts'

/** `DO ..; ..; DONE` is one statement. */
class ToyBlocks implements BlockTracker {
  isOpen = false

  see(token: CodeToken): void {
    if (token.isKeyword('DO')) this.isOpen = true
    if (token.isKeyword('DONE')) this.isOpen = false
  }
}

const hex = (text: string): string => Buffer.from(text).toString('hex').toUpperCase()

/** The words of a dialect that does not exist: a newcomer's folder, with the least that it needs. */
export const TOY: SqlDialect = {
  lexical: {
    backslashEscapes: true,
    doubleQuotedStrings: false,
    backtickIdentifiers: true,
    stringPrefixes: '',
    unicodePrefix: false,
    dollarQuotes: false,
    looseWords: false,
    userVariables: false,
    dashesNeedSpace: false,
    hashComments: true,
    nestedComments: true,
    executableComments: false,
    returnEndsComment: false,
    slices: true,
    structs: false,
    unicodeSpaces: false,
  },
  strings: { possible: [{ backslashEscapes: true, doubleQuotedStrings: false }], setting: null },
  literals: {
    text: text => `unhex('${hex(text)}')`,
    bytes: digits => `bytes('${digits}')`,
    jsonCast: ':!json',
    identifierQuote: '`',
    mostDigits: 9,
    takesNul: true,
  },
  queryKeywords: new Set(['SELECT', 'GATHER']),
  foldsNames: false,
  hasDelimiterCommand: false,
  hasSetStatementFor: false,
  hasIntoOutfile: false,
  routinesMayExport: false,
  trackBlocks: () => new ToyBlocks(),
  trackForeignBody: null,
  exportHint: () => null,
  grants: null,
}
