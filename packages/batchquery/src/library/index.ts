export type { DescribedRun, ShownAttempt, ShownRun } from '../run/index.ts'
export { type ConnectOptions, connect, type LibraryOptions } from './connect.ts'
export type { CallOptions, Connection, Executed, QueryOptions } from './connection.ts'
export type { ExportedPart, ExportedResult, ExportOptions } from './export-query.ts'
export type { Row } from './read-rows.ts'
export {
  type CancelOptions,
  cancel,
  list,
  type RunListOptions,
  type SubmitOptions,
  show,
  submit,
  type WaitOptions,
  wait,
} from './runs.ts'
export { Sql, SqlIdentifier, type SqlPart, type SqlTag, sql } from './sql.ts'
