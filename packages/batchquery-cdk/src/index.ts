export { BatchQuery } from './construct/batch-query.ts'
export type { CompletionNotices } from './construct/notices.ts'
export type { BatchQueryProps, BatchQueryReceiver, BatchQuerySchedule } from './construct/props.ts'
export type { DiscoveryDocument, HomeSettings } from './construct/settings.ts'
export { auroraMysql, auroraPostgres, type CreatedAuroraProps } from './databases/created.ts'
export type {
  BatchQueryDatabase,
  DatabaseBinding,
  DatabaseContext,
  MadeCluster,
} from './databases/database.ts'
export {
  type EndpointProps,
  fromCluster,
  fromEndpoint,
  fromInstance,
  type ImportedProps,
} from './databases/imported.ts'
