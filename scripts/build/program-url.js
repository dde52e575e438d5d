import { pathToFileURL } from 'node:url'

/** The replacement of `import.meta.url` in a module of a CommonJS program. */
export const programUrl = pathToFileURL(__filename).href
