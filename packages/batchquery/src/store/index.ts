export { DirectoryStore } from './directory/index.ts'
export type * from './store.ts'
export { formatS3Uri, parseS3Uri, type S3Uri } from './uri.ts'
