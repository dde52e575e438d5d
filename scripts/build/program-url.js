import { pathToFileURL } from 'node:url'

/** What a module of a program in CommonJS has in the place of `import.meta.url`. */
export const programUrl = pathToFileURL(__filename).href
