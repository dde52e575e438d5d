export { DirectoryStore } from './directory/index.ts'
export { S3Store, type S3StoreOptions } from './s3/index.ts'
export type * from './store.ts'
export { formatS3Uri, parseS3Uri, type S3Uri } from './uri.ts'
