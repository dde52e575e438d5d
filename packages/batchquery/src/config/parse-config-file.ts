import { dirname } from 'node:path'
import * as v from 'valibot'
import { type Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import { isEmbeddedUrl } from '../database/dialects.ts'
import { BatchQueryError } from '../errors/index.ts'
import { quoted, redact, redactUrl } from '../platform/index.ts'
import type { ContainerSettings } from './container.ts'
import { anchorDatabaseUrl } from './database-url.ts'
import type { EngineName } from './engines.ts'
import type { FargateSettings } from './fargate.ts'
import { fillIn } from './fill-in.ts'
import { settingsSchema, tolerantSettingsSchema } from './settings-schema.ts'
import { storeFault, storeSetting } from './stores.ts'
import { hostileShape, repeatedKey } from './yaml-shape.ts'

/** A batchquery.yaml, read. Its relative paths have become absolute: they start from the file's folder. */
export interface ConfigFile {
  /** For people, where it is no file. */
  readonly path: string
  /** What its relative paths start from. */
  readonly folder: string
  readonly bucket: string | undefined
  /** `s3`, or an absolute path. */
  readonly store: string | undefined
  /** The default database: a URL, or a name that `databases` has. */
  readonly database: string | undefined
  /** URL by name. */
  readonly databases: ReadonlyMap<string, string>
  readonly engine: EngineName | undefined
  readonly container: ContainerSettings | undefined
  readonly fargate: FargateSettings | undefined
  /** Whether runs end where another one writes to a destination of theirs. */
  readonly exclusive: boolean | undefined
  /** The name of the stack that `stack` describes; undefined without that key. */
  readonly stack: string | undefined
}

/** What batchquery-cdk calls a stack that has no name. */
const DEFAULT_STACK = 'batchquery'

const SHOWN_CHARACTERS = 100
/** Any other may be a part of a value, in the wrong place. */
const PLAIN_KEY = /^[\w.-]{1,200}$/

/** How a text is read that is no file of the project. */
export interface Reading {
  /** What relative paths start from. @default - the file's folder */
  readonly folder?: string
  /** Leaves out keys that are unknown here: whoever wrote the text may know more than this version. */
  readonly isTolerant?: boolean
  /** What `${NAME}` is filled in from. @default - nothing: it is refused, as in a text that others wrote */
  readonly environment?: NodeJS.ProcessEnv
  /** The next step, where it cannot be used. */
  readonly hint?: string
}

/**
 * Reads the text of a batchquery.yaml.
 *
 * @param path absolute
 * @throws CONFIG with file, line and key
 */
export function parseConfigFile(yaml: string, path: string, reading: Reading = {}): ConfigFile {
  const { folder = dirname(path), isTolerant = false } = reading
  const lines = new LineCounter()
  const refuse = (offset: number, what: string, cause?: unknown) =>
    new BatchQueryError('CONFIG', `${path}, line ${lines.linePos(offset).line}: ${redact(what, [])}`, {
      hint: reading.hint ?? 'Correct the line; `batchquery init --help` shows what can be written.',
      cause,
    })
  const hostile = hostileShape(yaml)
  if (hostile !== null)
    throw new BatchQueryError('CONFIG', `${path}: ${hostile}`, {
      hint: reading.hint ?? 'Name a file that holds settings and nothing else.',
    })
  // Its pretty errors and its warnings show what the file says, which may be a password. For unique keys it would
  // compare each with all others.
  const options = { prettyErrors: false, logLevel: 'error', uniqueKeys: false } as const
  const document = parseDocument(yaml, { lineCounter: lines, ...options })
  const [broken] = [...document.errors, ...document.warnings]
  if (broken !== undefined) throw refuse(broken.pos[0], `not YAML: ${withoutExcerpt(broken.message)}`)
  const repeated = repeatedKey(document)
  if (repeated !== null) throw refuse(repeated.offset, `${quoted(repeated.key)} stands there twice`)
  const unfilled = fillIn(document, reading.environment ?? null)
  if (unfilled !== null) throw refuse(unfilled.offset, unfilled.fault)
  const schema = isTolerant ? tolerantSettingsSchema : settingsSchema
  const { success, output, issues } = v.safeParse(schema, contentOf(document, refuse), { abortEarly: true })
  if (!success) {
    const keys = (issues[0].path ?? []).map(({ key }) => String(key))
    throw refuse(offsetOf(document, keys), explain(issues[0], keys.join('.')))
  }
  const { bucket, store, database, databases, engine, container, fargate, exclusive, stack } = output
  if (database !== undefined && !database.includes(':') && !Object.hasOwn(databases, database))
    throw refuse(offsetOf(document, ['database']), `database: ${quoted(database)} is not among databases`)
  const noStore = store === undefined ? null : storeFault(store, folder)
  if (noStore !== null)
    throw refuse(offsetOf(document, ['store']), `store: ${quoted(store ?? '')} is no store. ${noStore}`)
  return {
    path,
    folder,
    bucket,
    store: store === undefined ? undefined : storeSetting(store, folder),
    database: database?.includes(':') ? anchorDatabaseUrl(database, folder) : database,
    databases: new Map(
      Object.entries(databases).map(([name, { url, connectTimeout }]) => [
        name,
        withConnectTimeout(anchorDatabaseUrl(url, folder), connectTimeout),
      ]),
    ),
    engine,
    container,
    fargate,
    exclusive,
    stack: stack === undefined ? undefined : (stack.name ?? DEFAULT_STACK),
  }
}

/** The setting of the URL itself counts. */
function withConnectTimeout(url: string, seconds: number | undefined): string {
  if (seconds === undefined || isEmbeddedUrl(url) || /[?&]connect_timeout=/.test(url)) return url
  return `${url}${url.includes('?') ? '&' : '?'}connect_timeout=${seconds}`
}

/** @throws what `refuse` makes of an alias without its anchor, or of more aliases than a settings file needs */
function contentOf(
  document: Document.Parsed,
  refuse: (offset: number, what: string, cause: unknown) => BatchQueryError,
): unknown {
  try {
    return document.toJS() ?? {}
  } catch (cause) {
    throw refuse(
      0,
      `not YAML: ${withoutExcerpt(cause instanceof Error ? cause.message : String(cause))}`,
      cause,
    )
  }
}

/** Behind a colon the parser quotes what it found. */
const withoutExcerpt = (message: string): string => message.split(':', 1).join()

function explain({ type, expected, received, message }: v.BaseIssue<unknown>, key: string): string {
  if (type === 'strict_object' && expected === 'never')
    return PLAIN_KEY.test(key) ? `unknown key ${key}` : 'unknown key'
  if (received === 'undefined') return `${key} is missing`
  const at = key === '' ? 'the whole' : key
  if (message !== '' && !message.startsWith('Invalid ')) return `${at}: ${message}`
  return `${at}: expected ${expected}, found ${redactUrl(received).slice(0, SHOWN_CHARACTERS)}`
}

/** Where a key stands, or the nearest above it. */
function offsetOf({ contents }: Document.Parsed, keys: readonly string[]): number {
  let node: unknown = contents
  let offset = contents?.range[0] ?? 0
  for (const key of keys) {
    if (!isMap(node)) break
    const pair = node.items.find(item => isScalar(item.key) && String(item.key.value) === key)
    if (pair === undefined || !isScalar(pair.key)) break
    offset = pair.key.range?.[0] ?? offset
    node = pair.value
  }
  return offset
}
