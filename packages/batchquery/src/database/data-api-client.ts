/* The used part of the SDK's package, so that a bundle has no more of it. */
export { ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data'
