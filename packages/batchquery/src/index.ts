export {
  BatchQueryError,
  CATALOGUE,
  type ErrorCode,
  type ErrorDocument,
  EXIT_CODES,
  isErrorCode,
} from './errors/index.ts'
export type { ColumnType, CompressionName, FormatName, Value } from './format/index.ts'
export * from './library/index.ts'
export type { BegunExport, Progress, RunRecord, RunState } from './run/index.ts'
export type { Dialect, SqlScalar, SqlValue, TypedText } from './sql/index.ts'
