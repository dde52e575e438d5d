export {
  BatchQueryError,
  CATALOGUE,
  type ErrorCode,
  type ErrorDocument,
  EXIT_CODES,
  isErrorCode,
} from './errors/index.ts'
export type { RunRecord, RunState } from './run/index.ts'
