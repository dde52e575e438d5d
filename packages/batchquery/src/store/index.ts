export { DirectoryStore } from './directory/directory-store.ts'
export { locateFile } from './directory/scheme.ts'
export { S3Store, type S3StoreOptions } from './s3/s3-store.ts'
export type { Location, Places, StoreScheme } from './scheme.ts'
export {
  locate,
  namesFiles,
  openStore,
  registerScheme,
  storeFault,
  storeFolder,
  storeSetting,
} from './schemes.ts'
export type * from './store.ts'
