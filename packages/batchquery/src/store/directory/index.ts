export { DirectoryStore } from './directory-store.ts'
