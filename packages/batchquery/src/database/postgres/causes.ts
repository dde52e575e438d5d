import type { DatabaseError } from 'pg'
import { matchingCharacterSet } from './client-encoding.ts'
import { type Rule, ruleOf } from './sql-states.ts'

/** The context of an error: what was sent to the server. */
export interface Sent {
  /** The task's own text, for the line and column. The server counts characters. */
  readonly sql: string
  /** How many characters preceded it in what was sent. */
  readonly before: number
  /** The encoding in which the database stores text. */
  readonly serverEncoding: string
  /** The encoding that the rows of an export are requested in. Null for any other statement. */
  readonly exportEncoding: string | null
  /** Whether the export has typed columns. Then its text is in UTF-8, and the clause CHARACTER SET cannot choose another encoding. */
  readonly exportsTypes: boolean
}

/** If `isCertain`, this hint is more precise than the server's own and replaces it. */
export interface Cause extends Rule {
  readonly isCertain: boolean
}

/**
 * The meaning of an error. Most SQLSTATEs have one cause. For the others this looks, if possible, at words that the
 * server does not translate: the names of encodings, and the routine of the server that raised the error.
 */
export function causeOf(error: DatabaseError, sent: Sent): Cause {
  const { code = '', routine = '' } = error
  const rule = ruleOf(code)
  // The task raised the error, and chose its state.
  if (routine === 'exec_stmt_raise') return raised(rule)
  const hint = HINTS[code]?.(error, sent) ?? null
  if (hint !== null) return { ...rule, hint, isCertain: true }
  // The server cannot report the loss of this session through the session, so it lost a connection of its own.
  const isElsewhere = code.startsWith('08') && code !== '08P01' && error.severity === 'ERROR'
  return { ...(isElsewhere ? ELSEWHERE : rule), isCertain: false }
}

const ELSEWHERE: Rule = {
  code: 'QUERY_FAILED',
  hint: 'Check the other server and its address: this server did not reach it (postgres_fdw, dblink).',
}

const ABOUT_THE_SESSION = ['DATABASE_LOST', 'DATABASE_UNREACHABLE', 'AUTHENTICATION']

const raised = (rule: Rule): Cause => ({
  ...rule,
  ...(ABOUT_THE_SESSION.includes(rule.code) ? { code: 'QUERY_FAILED' } : {}),
  hint: '',
  isCertain: false,
})

type HintOf = (error: DatabaseError, sent: Sent) => string | null

/** Hints for SQLSTATEs with several causes. Null if the rule's hint is right. */
const HINTS: Readonly<Record<string, HintOf>> = {
  '0A000': ({ routine }) => (routine === 'pg_unicode_to_server' ? NO_UNICODE : null),
  '22021': invalidBytes,
  '22P05': (error, sent) =>
    encodingsIn(error).length === 2 ? untranslatable(error, sent) : unicodeInJson(error),
  '40001': ({ message }) => (/recovery/.test(message) ? STANDBY : null),
  '42501': ofFile,
  '42601': (_, { sql }) => (/^\s*\\/.test(sql) ? PSQL : null),
  '42883': noConversion,
  '57014': interrupted,
  '58P01': ofFile,
}

const PSQL = 'Write SQL. A word after a backslash is a command of psql.'
const STANDBY =
  'Run again, connect to the writer, or raise max_standby_streaming_delay. The standby applied a change that the query blocked.'
const NO_FILES =
  "Export with SELECT ... INTO OUTFILE S3; load with INSERT, or on RDS and Aurora with aws_s3.table_import_from_s3. The file would be on the server's machine."
const NO_UNICODE =
  'Use a database in UTF8 for an escape such as \\u00e9 or a parameter beyond ASCII. This database (SQL_ASCII) has no Unicode.'

/** Names of encodings in messages of any language. */
const ENCODING =
  /\b(?:UTF8|SQL_ASCII|LATIN\d+|WIN\d+|ISO_8859_\d|EUC_\w+|KOI8[RU]|SJIS|SHIFT_JIS_2004|BIG5|GBK|GB18030|UHC|JOHAB|MULE_INTERNAL)\b/g

const encodingsIn = ({ message }: DatabaseError): readonly string[] => message.match(ENCODING) ?? []

const CONVERTS = /\bconvert(_to|_from)?\s*\(/i

function untranslatable(
  error: DatabaseError,
  { sql, serverEncoding, exportEncoding, exportsTypes }: Sent,
): string {
  const [from = '', to = ''] = encodingsIn(error)
  const own = matchingCharacterSet(serverEncoding)
  if (to === serverEncoding && from !== serverEncoding && !CONVERTS.test(sql))
    return `Remove the character from the statement, or use a database in UTF8. The database stores text in ${to}, which lacks the character.`
  if (to === exportEncoding && !CONVERTS.test(sql))
    return to === 'UTF8'
      ? `The database has bytes that are not characters of ${from}: ${exportsTypes ? storedBytes(from) : `write CHARACTER SET ${own} to export the stored bytes.`}`
      : 'Write CHARACTER SET utf8mb4. The text has characters that the character set of the export lacks.'
  return `The statement converts text from ${from} to ${to}, which lacks a character of it (convert_to, convert). Convert to UTF8, or replace the character.`
}

function noConversion(error: DatabaseError, { sql, serverEncoding, exportEncoding }: Sent): string | null {
  const [from = '', to = ''] = encodingsIn(error)
  if (from !== serverEncoding || to !== exportEncoding || CONVERTS.test(sql)) return null
  const own = matchingCharacterSet(from)
  return `Remove CHARACTER SET to write UTF-8, or write CHARACTER SET ${own}. The database stores text in ${from}, and PostgreSQL does not convert that to ${to}.`
}

function invalidBytes(
  error: DatabaseError,
  { sql, serverEncoding, exportEncoding, exportsTypes }: Sent,
): string | null {
  const [encoding] = encodingsIn(error)
  if (serverEncoding !== 'SQL_ASCII' || encoding !== (exportEncoding ?? 'UTF8') || CONVERTS.test(sql))
    return null
  if (exportsTypes)
    return `The database (SQL_ASCII) keeps bytes unchanged, and these are not ${encoding}: ${CONVERSION}, or ${storedBytes(serverEncoding)}`
  return `The database (SQL_ASCII) keeps bytes unchanged, and these are not ${encoding}. Export them with their CHARACTER SET, such as latin1, or with sql_ascii, which checks nothing.`
}

const storedBytes = (encoding: string): string =>
  `export the stored bytes as bytes: convert_to(x, '${encoding}').`

/** For bytes in LATIN1, for instance. */
const CONVERSION =
  "convert them in the query, as in convert_from(convert(convert_to(x, 'SQL_ASCII'), 'LATIN1', 'UTF8'), 'UTF8')"

const unicodeInJson = ({ detail = '' }: DatabaseError): string =>
  detail.includes('\\u0000')
    ? "Remove the character \\u0000 from the JSON, as in replace(doc::text, '\\u0000', '')::json, or keep the value as JSON. A PostgreSQL text cannot contain it."
    : 'Keep the value as JSON, or use a database in UTF8. The JSON has an escape, such as \\u20ac, for a character that the encoding of the database lacks.'

function interrupted({ message }: DatabaseError): string | null {
  if (/statement timeout/.test(message))
    return 'Write SET statement_timeout = 0, or a longer time, before the statement. It took longer than that limit.'
  return /user request/.test(message)
    ? 'Run again. Another session cancelled the statement (pg_cancel_backend).'
    : null
}

/** For a file of the server's machine, or of a program on it. The server's own hint is about psql. */
function ofFile({ routine = '' }: DatabaseError): string | null {
  return /^(DoCopy|BeginCopy)/.test(routine) ? NO_FILES : null
}
