export { CONFIG_FILE, findConfigFile } from './config-file.ts'
export { loadDriverAhead, openDatabase } from './databases.ts'
export { databaseUrl, type NamedDatabases } from './named-databases.ts'
export type { ConfigFile } from './parse-config-file.ts'
export {
  DEFAULT_BUCKET,
  DEFAULT_DATABASE,
  type Flags,
  readSettings,
  type Settings,
  settingsEnvironment,
  withTaskDatabase,
} from './settings.ts'
export { DEFAULT_STORE, openStore, S3 } from './stores.ts'
export { CONFIG_TEMPLATE } from './template.ts'
