export { BatchQueryError, type ErrorDetails, type ErrorDocument } from './batchquery-error.ts'
export { CATALOGUE, type ErrorCode, isErrorCode } from './catalogue.ts'
export { EXIT_CODES } from './exit-codes.ts'
