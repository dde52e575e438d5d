import type { SqlDialect, StringSetting } from '../dialect.ts'
import { PostgresBlocks } from './blocks.ts'
import { POSTGRES_GRANTS } from './grants.ts'
import { LEXICAL_RULES } from './lexical-rules.ts'
import { LITERALS } from './literals.ts'

/** Functions may set it and a ROLLBACK restores it, so after a task has mentioned it only the session knows. */
const STANDARD_CONFORMING_STRINGS: StringSetting = {
  name: 'standard_conforming_strings',
  mention: /standard_conforming_strings|set_config/i,
  hiddenIn: 'CALL',
  staysOpen: true,
  rulesOf: value => ({
    backslashEscapes: /^(?:off?|f\w*|no?|0)$/i.test(value),
    doubleQuotedStrings: false,
  }),
  rulesOfExpression: () => null,
  describe: ({ backslashEscapes }) =>
    `standard_conforming_strings = ${backslashEscapes ? 'off' : 'on, the default'}`,
}

export const POSTGRES: SqlDialect = {
  lexical: LEXICAL_RULES,
  strings: {
    possible: [false, true].map(backslashEscapes => ({ backslashEscapes, doubleQuotedStrings: false })),
    setting: STANDARD_CONFORMING_STRINGS,
  },
  literals: LITERALS,
  queryKeywords: new Set(['SELECT', 'TABLE', 'VALUES']),
  foldsNames: true,
  hasDelimiterCommand: false,
  hasSetStatementFor: false,
  hasIntoOutfile: false,
  routinesMayExport: false,
  trackBlocks: () => new PostgresBlocks(),
  trackForeignBody: null,
  exportHint: () => null,
  grants: POSTGRES_GRANTS,
}
