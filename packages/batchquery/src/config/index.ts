export { findConfigFile } from './config-file.ts'
export { configuredSecrets } from './configured-secrets.ts'
export {
  CONTAINER_PROGRAMS,
  type ContainerProgram,
  type ContainerSettings,
  DEFAULT_IMAGE,
} from './container.ts'
export { remoteFault } from './database-url.ts'
export { existingDatabase, loadDriverAhead, openDatabase } from './databases.ts'
export {
  CONFIG_FILE,
  DEFAULT_BUCKET,
  DEFAULT_DATABASE,
  DEFAULT_STORE,
  OTHER_CONFIG_FILE,
  SHARED_STORE,
} from './defaults.ts'
export type { DiscoveredStack, StackCluster } from './discovery.ts'
export { ENGINES, type EngineName } from './engines.ts'
export type { FargatePrices, FargateSettings } from './fargate.ts'
export { endLeftoverSessions } from './leftover-sessions.ts'
export { type MovedSettings, moveSettings } from './moved-settings.ts'
export {
  databaseUrl,
  saysDatabase,
  submittedDatabases,
  withSubmittedDatabases,
} from './named-databases.ts'
export {
  addressFault,
  type Notification,
  refuseCommands,
  remoteNotifications,
  secretsOfAddress,
} from './notifications.ts'
export type { ConfigFile } from './parse-config-file.ts'
export {
  type Flags,
  readSettings,
  type SettingSources,
  type Settings,
  settingSources,
  settingsEnvironment,
  withTaskDatabase,
} from './settings.ts'
export { parseLimit, type SourceLimits, sourceLimitsEnvironment } from './source-limits.ts'
export { type StackRequest, stackRequest } from './stack-request.ts'
export { CONFIG_TEMPLATE } from './template.ts'
