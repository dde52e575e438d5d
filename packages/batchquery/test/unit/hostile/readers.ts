import { parseStackDocument } from '../../../src/config/discovery.ts'
import { CONFIG_FILE, databaseUrl, readSettings } from '../../../src/config/index.ts'
import { namedDatabases } from '../../../src/config/named-databases.ts'
import { parseConfigFile } from '../../../src/config/parse-config-file.ts'
import { shownHost } from '../../../src/database/database-url.ts'
import { parseDatabaseUrl } from '../../../src/database/url.ts'
import { resolveDestination } from '../../../src/export/index.ts'
import { agrees } from '../../../src/export/manifest.ts'
import { BlockPool, EXPORT_FORMATS, NO_FORMAT_CLAUSES } from '../../../src/format/index.ts'
import {
  checkRunId,
  Log,
  parseDuration,
  parseSecretReference,
  redact,
  redactUrl,
  visible,
} from '../../../src/platform/index.ts'
import { parseIndexKey } from '../../../src/run/index-keys.ts'
import { parseAttemptKey, parseScheduleTurn } from '../../../src/run/keys.ts'
import { parseAttempt } from '../../../src/run/read-attempt.ts'
import { parseRunRecord } from '../../../src/run/read-record.ts'
import { parseLedger } from '../../../src/run/version-1.ts'
import {
  bindParameters,
  type Dialect,
  readDirectives,
  splitStatements,
  stringRulesOf,
} from '../../../src/sql/index.ts'
import { SqlTask } from '../../../src/statements/sql-task.ts'
import { TaskText } from '../../../src/statements/task-text.ts'
import { checkBucket, foldersOfPrefix, placeOf } from '../../../src/store/directory/paths.ts'
import { parseHandle as parseDirectoryHandle } from '../../../src/store/directory/staging-handle.ts'
import { DirectoryStore } from '../../../src/store/index.ts'
import { parseS3Uri } from '../../../src/store/s3/address.ts'
import { parseHandle as parseS3Handle } from '../../../src/store/s3/staging-handle.ts'
import { tokenize } from '../sql/tokens.ts'
import { survive } from './attack.ts'
import { ADDRESSES, OBJECTS, SQL, STAGED, URLS, VALUES, YAML } from './corpus.ts'

/** A reader of texts from outside. */
export interface Reader {
  readonly name: string
  readonly corpus: readonly string[]
  readonly pieces: readonly string[]
  readonly read: (text: string) => void
}

const DIALECTS: readonly Dialect[] = ['mysql', 'postgres', 'duckdb']
const inEachDialect = (read: (text: string, dialect: Dialect) => unknown) => (text: string) => {
  for (const dialect of DIALECTS) survive(() => read(text, dialect))
}

/** A value for every parameter of a task, as hostile as the task. */
const givenFor = (sql: string): Record<string, string> => {
  const names = [...sql.matchAll(/(?::|@param )([A-Za-z_]\w*)/g)].map(([, name]) => name)
  return Object.fromEntries(
    [...new Set(names)].map((name, at) => [name, VALUES.corpus[at] ?? sql.slice(-at)]),
  )
}

const DATABASES = { mysql: 'mysql://u@h/d', postgres: 'postgres://u@h/d', duckdb: 'duckdb::memory:' }
const taskText = (sql: string, dialect: Dialect) => TaskText.read(sql, () => DATABASES[dialect])

const PLACES = { store: new DirectoryStore('/nowhere'), folder: '/nowhere/project' }

const sqlReaders: readonly Reader[] = [
  { name: 'SQL: lexer', ...SQL, read: inEachDialect(tokenize) },
  {
    name: 'SQL: statement splitter',
    ...SQL,
    read: inEachDialect((sql, dialect) => splitStatements(sql, dialect)),
  },
  { name: 'SQL: directives', ...SQL, read: inEachDialect((sql, dialect) => readDirectives(sql, dialect)) },
  {
    name: 'SQL: a whole task with its parameters',
    ...SQL,
    read: inEachDialect((sql, dialect) => {
      new SqlTask(taskText(sql, dialect), { given: givenFor(sql), places: PLACES })
    }),
  },
  {
    name: 'SQL: export clause',
    ...SQL,
    read: inEachDialect((clauses, dialect) => {
      const sql = `SELECT 1 INTO OUTFILE S3 's3://b/p' ${clauses}`
      new SqlTask(taskText(sql, dialect), { given: {}, places: PLACES })
    }),
  },
  {
    name: 'parameters: names and values',
    ...VALUES,
    read: inEachDialect((value, dialect) => {
      const types = ['text', 'int', 'decimal', 'date', 'json', 'secret'] as const
      for (const type of types)
        for (const isList of [false, true])
          survive(() => {
            const declaration = { name: 'p', type, isList, defaultText: null, line: 1 }
            bindParameters({ declarations: [declaration], used: new Map(), dialect }, { p: value })
          })
      bindParameters({ declarations: [], used: new Map(), dialect }, { [value]: value })
    }),
  },
  {
    name: 'a setting in a reply of a server',
    ...SQL,
    read: inEachDialect((setting, dialect) => stringRulesOf(dialect, setting)),
  },
]

const addressReaders: readonly Reader[] = [
  { name: 'address of an object', ...ADDRESSES, read: parseS3Uri },
  { name: 'destination of an export', ...ADDRESSES, read: text => resolveDestination(text, PLACES) },
  {
    name: 'key, bucket and prefix in a directory',
    ...ADDRESSES,
    read: text => {
      survive(() => placeOf({ bucket: 'b', key: text }))
      survive(() => checkBucket(text))
      foldersOfPrefix(text)
    },
  },
  {
    name: 'handle of a staged object',
    ...ADDRESSES,
    read: handle => {
      const address = { bucket: 'b', key: 'k', owner: 'run-1', handle }
      survive(() => parseDirectoryHandle({ kind: 'directory', ...address }))
      survive(() => parseS3Handle({ kind: 's3', ...address }))
    },
  },
  { name: 'run id', ...ADDRESSES, read: checkRunId },
  {
    name: 'keys of runs',
    ...ADDRESSES,
    read: key => {
      parseIndexKey(key)
      parseAttemptKey('r1', key)
      parseScheduleTurn(key)
    },
  },
  {
    name: 'reference to a secret',
    ...ADDRESSES,
    read: text => {
      survive(() => parseSecretReference(text, '-p p'))
      parseSecretReference(`secret:arn:aws:secretsmanager:r:123456789012:secret:${text}`, '-p p')
    },
  },
]

const settingReaders: readonly Reader[] = [
  {
    name: 'database URL',
    ...URLS,
    read: text => {
      redactUrl(text)
      shownHost(parseDatabaseUrl(text))
    },
  },
  {
    name: 'settings: flag, environment, names of databases',
    ...URLS,
    read: text => {
      survive(() => readSettings({ database: text, store: text, bucket: text }, {}, '/nowhere'))
      survive(() => readSettings({}, { BATCHQUERY_DATABASE: text, BATCHQUERY_STORE: text }, '/nowhere'))
      const databases = namedDatabases({ BATCHQUERY_DATABASES: JSON.stringify({ [text]: text }) }, [])
      databaseUrl(text, databases, {})
    },
  },
  {
    name: 'settings: BATCHQUERY_DATABASES',
    ...OBJECTS,
    read: text => namedDatabases({ BATCHQUERY_DATABASES: text }, []),
  },
  { name: CONFIG_FILE, ...YAML, read: text => parseConfigFile(text, `/nowhere/${CONFIG_FILE}`) },
  {
    name: 'the document of a stack',
    ...OBJECTS,
    read: value => {
      const at = { parameter: '/batchquery/a', region: 'us-east-1', isChosen: true }
      survive(() => parseStackDocument({ ...at, value }, '/nowhere'))
      const settings = { bucket: value, databases: { [value]: { url: value } } }
      const whole = { version: 1, name: value, region: value, settings }
      parseStackDocument({ ...at, value: JSON.stringify(whole) }, '/nowhere')
    },
  },
  { name: 'duration', ...VALUES, read: parseDuration },
]

const WHERE = 's3://home/runs/r1/object'
const bytesOf = (text: string) => Buffer.from(text)

const objectReaders: readonly Reader[] = [
  { name: 'run record', ...OBJECTS, read: text => parseRunRecord(bytesOf(text), WHERE) },
  { name: 'ledger', ...OBJECTS, read: text => parseLedger(bytesOf(text), WHERE, 'r1', 1) },
  { name: 'attempt', ...OBJECTS, read: text => parseAttempt(bytesOf(text), WHERE) },
  { name: 'manifest', ...OBJECTS, read: text => agrees(bytesOf(text), STAGED, 'out/r') },
]

const outputs: readonly Reader[] = [
  {
    name: 'names of columns, for a header',
    ...SQL,
    read: name => {
      const column = {
        name: bytesOf(name),
        kind: 'string',
        type: 'text',
        encoding: 'utf8',
        isLarge: false,
        exact: { type: { kind: 'string' }, wire: 'raw' },
      } as const
      const output = { pool: new BlockPool(1 << 20, 2), maxPartBytes: 1e9, emit: () => {} }
      for (const format of EXPORT_FORMATS) format.plan(NO_FORMAT_CLAUSES).encoder([column], output)
    },
  },
  {
    name: 'log: a message with secrets',
    ...URLS,
    read: text => {
      visible(redact(text, [text.slice(0, 20), text.slice(10, 12)]))
      new Log('verbose', () => {}).error(text)
    },
  },
]

export const READERS: readonly Reader[] = [
  ...sqlReaders,
  ...addressReaders,
  ...settingReaders,
  ...objectReaders,
  ...outputs,
]
