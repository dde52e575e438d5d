export { extensionOf, maxPartitionsOf, parsePartitionBy } from './dataset-clauses.ts'
export { type Dialect, possibleStringRules } from './dialects/index.ts'
export { auroraExport } from './dialects/mysql/aurora-export.ts'
export { NO_CLAUSES } from './export-clause.ts'
export { exportHint } from './export-hint.ts'
export {
  DEFAULT_PARTITIONS,
  type ExportStatement,
  type ManifestKind,
  type Overwrite,
  type Parallel,
  type PartitionBy,
} from './export-statement.ts'
export { givesRows } from './gives-rows.ts'
export { headerComments } from './header-comments.ts'
export { Lexer } from './lexer.ts'
export { type StringRules, sameStringRules } from './lexical-rules.ts'
export { refuseInRoutine } from './no-query.ts'
export { refuseOpenParenthesis } from './open-parenthesis.ts'
export { readersOf } from './parallel-clause.ts'
export * from './parameters/index.ts'
export { parseExport } from './parse-export.ts'
export { findReading } from './readings.ts'
export { maxFileSizeOf, rowGroupSizeOf } from './size-clauses.ts'
export { restOf, splitStatements, startOf } from './splitter.ts'
export type { ReadingPoint, Statement } from './statement.ts'
export { isQuery, startAfterWith, statementKeyword } from './statement-kind.ts'
export { describeStringRules, stringRulesOf } from './string-rules.ts'
export type { Token } from './token.ts'
export { parseType, parseTypes } from './types-clause.ts'
