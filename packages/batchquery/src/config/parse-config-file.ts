import { dirname } from 'node:path'
import * as v from 'valibot'
import { type Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import { isEmbeddedUrl } from '../database/dialects.ts'
import { BatchQueryError } from '../errors/index.ts'
import { quoted, redact, redactUrl } from '../platform/index.ts'
import { storeFault, storeSetting } from '../store/index.ts'
import type { ContainerSettings } from './container.ts'
import { anchorDatabaseUrl } from './database-url.ts'
import type { EngineName } from './engines.ts'
import type { FargateSettings } from './fargate.ts'
import { fillIn } from './fill-in.ts'
import { anchorNotifications, type Notification } from './notifications.ts'
import { settingsSchema, tolerantSettingsSchema } from './settings-schema.ts'
import { hostileShape, repeatedKey } from './yaml-shape.ts'

/** A parsed batchquery.yaml, with absolute paths: relative ones start at the file's folder. */
export interface ConfigFile {
  /** The path of the file, or another description of the source. */
  readonly path: string
  /** Relative paths start here. */
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
  /** Whether a run ends if another run writes to one of its destinations. */
  readonly exclusive: boolean | undefined
  readonly maxSessions: number | undefined
  readonly warnHistory: number | undefined
  /** Seconds. */
  readonly warnSnapshot: number | undefined
  readonly notifications: readonly Notification[] | undefined
  /** The name of the stack that `stack` describes; undefined without that key. */
  readonly stack: string | undefined
}

/** The default name of a stack in batchquery-cdk. */
const DEFAULT_STACK = 'batchquery'

const SHOWN_CHARACTERS = 100
/** Any other key may be a misplaced part of a value. */
const PLAIN_KEY = /^[\w.-]{1,200}$/

/** Options for a text that is not a file of the project. */
export interface ParseOptions {
  /** Relative paths start here. @default - the file's folder */
  readonly folder?: string
  /** Ignores unknown keys: a newer version may have written the text. */
  readonly isTolerant?: boolean
  /** The variables that replace `${NAME}`. @default - `${NAME}` is refused, because other users may have written the text */
  readonly environment?: NodeJS.ProcessEnv
  /** The hint of errors. */
  readonly hint?: string
}

/**
 * Parses the text of a batchquery.yaml.
 *
 * @param path absolute
 * @throws CONFIG with file, line and key
 */
export function parseConfigFile(yaml: string, path: string, options: ParseOptions = {}): ConfigFile {
  const { folder = dirname(path), isTolerant = false } = options
  const lines = new LineCounter()
  const refuse = (offset: number, what: string, cause?: unknown) =>
    new BatchQueryError('CONFIG', `${path}, line ${lines.linePos(offset).line}: ${redact(what, [])}`, {
      hint: options.hint ?? 'Correct the line. `batchquery init --help` shows the settings.',
      cause,
    })
  const hostile = hostileShape(yaml)
  if (hostile !== null)
    throw new BatchQueryError('CONFIG', `${path}: ${hostile}`, {
      hint: options.hint ?? 'Name a file that contains only settings.',
    })
  // The parser's pretty errors and warnings quote the file, which may contain a password. Its check for unique keys compares each key
  // with all others.
  const parserOptions = { prettyErrors: false, logLevel: 'error', uniqueKeys: false } as const
  const document = parseDocument(yaml, { lineCounter: lines, ...parserOptions })
  const [broken] = [...document.errors, ...document.warnings]
  if (broken !== undefined) throw refuse(broken.pos[0], `not YAML: ${withoutExcerpt(broken.message)}`)
  const repeated = repeatedKey(document)
  if (repeated !== null) throw refuse(repeated.offset, `the key ${quoted(repeated.key)} appears twice`)
  const unfilled = fillIn(document, options.environment ?? null)
  if (unfilled !== null) throw refuse(unfilled.offset, unfilled.fault)
  const schema = isTolerant ? tolerantSettingsSchema : settingsSchema
  const { success, output, issues } = v.safeParse(schema, contentOf(document, refuse), { abortEarly: true })
  if (!success) {
    const keys = (issues[0].path ?? []).map(({ key }) => String(key))
    throw refuse(offsetOf(document, keys), explain(issues[0], keys.join('.')))
  }
  const { bucket, store, database, databases, engine, container, fargate, exclusive, stack } = output
  const { maxSessions, warnHistory, warnSnapshot } = output
  if (database !== undefined && !database.includes(':') && !Object.hasOwn(databases, database))
    throw refuse(
      offsetOf(document, ['database']),
      `database: ${quoted(database)} is not a name under databases`,
    )
  const noStore = store === undefined ? null : storeFault(store, folder)
  if (noStore !== null)
    throw refuse(offsetOf(document, ['store']), `store: ${quoted(store ?? '')} is not a store. ${noStore}`)
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
    ...{ exclusive, maxSessions, warnHistory, warnSnapshot },
    notifications:
      'notify' in output && output.notify ? anchorNotifications(output.notify, folder) : undefined,
    stack: stack === undefined ? undefined : (stack.name ?? DEFAULT_STACK),
  }
}

/** A setting in the URL itself takes precedence. */
function withConnectTimeout(url: string, seconds: number | undefined): string {
  if (seconds === undefined || isEmbeddedUrl(url) || /[?&]connect_timeout=/.test(url)) return url
  return `${url}${url.includes('?') ? '&' : '?'}connect_timeout=${seconds}`
}

/** @throws the error of `refuse` for an alias without its anchor, and for more aliases than a settings file needs */
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

/** After a colon, the parser quotes the file. */
const withoutExcerpt = (message: string): string => message.split(':', 1).join()

function explain({ type, expected, received, message }: v.BaseIssue<unknown>, key: string): string {
  if (type === 'strict_object' && expected === 'never')
    return PLAIN_KEY.test(key) ? `unknown key ${key}` : 'unknown key'
  if (received === 'undefined') return `${key} is missing`
  const at = key === '' ? 'the file' : key
  if (message !== '' && !message.startsWith('Invalid ')) return `${at}: ${message}`
  return `${at}: expected ${expected}, found ${redactUrl(received).slice(0, SHOWN_CHARACTERS)}`
}

/** The offset of a key, or of the nearest key above it. */
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
