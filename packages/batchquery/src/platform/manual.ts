import { readFile } from 'node:fs/promises'
import { packageFile } from './package-file.ts'

interface Topic {
  /** One line for the list of pages. */
  readonly summary: string
}

/** The manual pages that `help TOPIC` prints and the console shows. `npm run build` makes each of the page of docs/ with its name. */
export const TOPICS: ReadonlyMap<string, Topic> = new Map([
  ['sql-tasks', { summary: 'the export statement, parameters, and the bytes of each format' }],
  ['types', { summary: 'the types in Parquet files' }],
  ['scripts', { summary: 'tasks in TypeScript, Python, bash' }],
  ['console', { summary: 'batchquery ui: the runs in a browser' }],
  ['login', { summary: 'IAM tokens, secrets, TLS' }],
  ['operations', { summary: 'settings, rights, how runs end, Fargate' }],
  ['troubleshooting', { summary: 'what to do, by symptom' }],
  ['errors', { summary: 'every error code, and what to do' }],
  ['exit-codes', { summary: 'the exit codes' }],
  ['json', { summary: 'the documents of --json' }],
  ['library', { summary: 'batchquery in your program' }],
  ['guarantees', { summary: 'what batchquery promises' }],
  ['security', { summary: 'who can do what' }],
])

/** The text of a manual page, for 80 columns. */
export const readManual = (topic: string): Promise<string> =>
  readFile(packageFile(`dist/manual/${topic}.txt`), 'utf8')
