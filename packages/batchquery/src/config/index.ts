export { openDatabase } from './databases.ts'
export {
  DEFAULT_BUCKET,
  DEFAULT_DATABASE,
  DEFAULT_STORE,
  type Flags,
  readSettings,
  type Settings,
  settingsEnvironment,
} from './settings.ts'
export { openStore, S3 } from './stores.ts'
