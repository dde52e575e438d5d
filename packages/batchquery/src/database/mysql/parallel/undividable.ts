import { BatchQueryError } from '../../../errors/index.ts'
import { wordsOf } from '../../../sql/dialects/index.ts'
import { Lexer, type StringRules, stringRulesOf } from '../../../sql/index.ts'
import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'
import type { ReadsRequest } from '../../parallel-reads.ts'
import { lastClause } from '../../plain-query.ts'
import type { PlanRow } from './explained.ts'
import type { QueryTables } from './query-tables.ts'
import { refusal, WHOLE_HINT } from './refusal.ts'

const { text } = wordsOf('mysql').literals

const LIMIT_REASON = 'LIMIT chooses rows of the whole result, and each session would choose others'
const CLAUSES: ReadonlyMap<string, string> = new Map([
  ['ORDER', 'ORDER BY puts the whole result in order, which ranges do not keep'],
  ...['LIMIT', 'OFFSET', 'FETCH'].map(word => [word, LIMIT_REASON.replace('LIMIT', word)] as const),
  ['FOR', 'FOR UPDATE and FOR SHARE lock rows, which other sessions would wait for'],
  ['LOCK', 'LOCK IN SHARE MODE locks rows, which other sessions would wait for'],
  ['PROCEDURE', 'PROCEDURE is over the whole result'],
])

/** Their values differ between sessions, or between calls. */
const UNSTABLE = new Set(
  (
    'BENCHMARK CONNECTION_ID FOUND_ROWS GET_LOCK IS_FREE_LOCK IS_USED_LOCK LAST_INSERT_ID LASTVAL LOAD_FILE MASTER_POS_WAIT NEXTVAL ' +
    'PS_CURRENT_THREAD_ID RAND RANDOM_BYTES RELEASE_ALL_LOCKS RELEASE_LOCK ROW_COUNT SETVAL SOURCE_POS_WAIT SYS_GUID SYSDATE UUID UUID_SHORT ' +
    'UUID_V4 UUID_V7 WAIT_FOR_EXECUTED_GTID_SET'
  ).split(' '),
)
/** They follow the session's variable `timestamp`. */
const TIMES = new Set(
  (
    'CURDATE CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURTIME LOCALTIME LOCALTIMESTAMP NOW UNIX_TIMESTAMP UTC_DATE UTC_TIME ' +
    'UTC_TIMESTAMP'
  ).split(' '),
)

/**
 * Variables that belong to a session or a transaction, not to the way in which it reads; those that batchquery sets in each session of its
 * own; and those that say what the last statement did.
 */
export const OWN_VARIABLES =
  /^(?:autocommit|character_set_results|debug.*|error_count|external_user|gtid_.*|identity|in_predicate_conversion_threshold|in_transaction|insert_id|interactive_timeout|last_gtid|last_insert_id|net_(?:read|write)_timeout|optimizer_trace.*|profiling.*|proxy_user|pseudo_(?:slave_mode|thread_id)|rand_seed[12]|rbr_exec_mode|session_track_.*|skip_parallel_replication|skip_replication|sql_log_(?:bin|off)|sql_select_limit|statement_id|timestamp|transaction_(?:isolation|read_only|allow_batching)|tx_(?:isolation|read_only)|use_secondary_engine|wait_timeout|warning_count|wsrep_.*)$/
/** More than the name of any variable, with its scope. */
const LONGEST_NAME = 100
/** In front of the name of a variable: that of the session, not the global one. */
const OF_SESSION = /^@@(?:(?:session|local)\.)?(?=\w)/

/** The words of a query that say how it depends on its session. */
export interface QueryWords {
  /** Names in front of a parenthesis, in upper case. */
  readonly functions: ReadonlySet<string>
  /** The first word whose value differs between sessions. */
  readonly unstable: string | null
  readonly asksForTime: boolean
  /** The first user variable: `@x`. */
  readonly variable: string | null
  readonly hasWindow: boolean
  /** Its first word that chooses some of the rows: LIMIT or FETCH. */
  readonly limit: string | null
  readonly countsFoundRows: boolean
}

export function wordsIn(sql: string, rules: StringRules): QueryWords {
  const lexer = new Lexer(sql, 'mysql', undefined, rules)
  const functions = new Set<string>()
  let [unstable, variable, limit]: (string | null)[] = [null, null, null]
  let [asksForTime, hasWindow, countsFoundRows] = [false, false, false]
  let previous = ''
  while (lexer.nextCode()) {
    const { keyword, kind } = lexer
    const word =
      kind === 'word' || kind === 'identifier' ? lexer.text.replace(/^`|`$/g, '').toUpperCase() : ''
    if (kind === 'variable' && !lexer.text.startsWith('@@')) variable ??= lexer.text
    else if (kind === 'variable') unstable ??= ownVariable(sql.slice(lexer.start, lexer.start + LONGEST_NAME))
    if (lexer.isOperator('(') && previous !== '') functions.add(previous)
    if (TIMES.has(keyword)) asksForTime = true
    if (keyword === 'OVER') hasWindow = true
    if (keyword === 'SQL_CALC_FOUND_ROWS') countsFoundRows = true
    if (keyword === 'LIMIT' || keyword === 'FETCH') limit ??= keyword
    if (keyword === 'VALUE' && (previous === 'NEXT' || previous === 'PREVIOUS'))
      unstable ??= `${previous} VALUE`
    previous = word
  }
  for (const name of functions) if (UNSTABLE.has(name)) unstable ??= `${name}()`
  return { functions, unstable, asksForTime, variable, hasWindow, limit, countsFoundRows }
}

/** The name of a variable at the start of a text, if other sessions do not have its value: `@@session.warning_count`. */
function ownVariable(text: string): string | null {
  const [name = ''] = /^@@[\w.`]*/.exec(text) ?? []
  const plain = name.replaceAll('`', '').toLowerCase()
  return OF_SESSION.test(plain) && OWN_VARIABLES.test(plain.replace(OF_SESSION, '')) ? name : null
}

/** A query, and what the server says of it. */
export interface Subject {
  readonly session: Session
  /** Without a semicolon at its end. */
  readonly query: string
  readonly request: ReadsRequest
  /** The plan of the whole query. */
  readonly whole: readonly PlanRow[]
  readonly tables: QueryTables
}

/** @throws UNSUPPORTED_CLAUSE for a clause at the end of the query that ranges cannot keep */
export function refuseClause(query: string, rules: StringRules): void {
  const reason = CLAUSES.get(lastClause(query, 'mysql', rules))
  if (reason !== undefined) throw refusal(reason, WHOLE_HINT)
}

/** Refuses a query whose rows are not each by itself, or not the same in every session. @throws UNSUPPORTED_CLAUSE */
export async function refuseUndividable(subject: Subject, rules: StringRules): Promise<void> {
  const { session, query, request, whole, tables } = subject
  const words = wordsIn(query, rules)
  refuseWords(words)
  // A query for each row of another one chooses for that row only.
  const isOfRows = whole.every(({ select }) => OF_ROWS.test(select))
  if (words.limit !== null && !isOfRows) throw refusal(inside(words.limit), WHOLE_HINT)
  const views = tables.definitions.map(definition => wordsIn(definition, stringRulesOf('mysql', '')))
  for (const view of views) {
    refuseWords(view)
    if (view.limit !== null) throw refusal(inside(view.limit), WHOLE_HINT)
    if (view.asksForTime)
      throw refusal('a view of the query reads the time', 'Select from its tables, or remove PARALLEL.')
  }
  const functions = [words, ...views].flatMap(of => [...of.functions])
  await refuseRoutines(session, new Set(functions), request.consistency)
  await refuseLimitOfSession(session)
}

const OF_ROWS = /^(?:SIMPLE|PRIMARY|DEPENDENT.*)$/

const inside = (word: string): string =>
  LIMIT_REASON.replace('LIMIT', word).replace('the whole result', 'a query inside the query')

function refuseWords(words: QueryWords): void {
  if (words.unstable !== null)
    throw refusal(`${words.unstable} has other values in each session`, `Remove it, or remove PARALLEL.`)
  if (words.variable !== null)
    throw refusal(
      `the query reads the user variable ${words.variable}, which only the task's session has`,
      'Write the value as a parameter of the task (:name).',
    )
  if (words.hasWindow)
    throw refusal('a window function reads rows of more than one range', 'Remove it, or remove PARALLEL.')
  if (words.countsFoundRows) throw refusal('SQL_CALC_FOUND_ROWS counts the whole result', WHOLE_HINT)
}

/**
 * Refuses a query in which a value of a group is that of any of its rows: then sessions could take it from other rows, and a group would be
 * in two ranges or in none. The server finds that out with ONLY_FULL_GROUP_BY.
 *
 * @throws UNSUPPORTED_CLAUSE
 */
export async function refuseAnyOfGroup({ session, query }: Subject): Promise<void> {
  const mode = session.stringSetting ?? ''
  if (mode.split(',').includes('ONLY_FULL_GROUP_BY')) return
  // A hint takes no other literal. The server has made the words.
  const full = `'${[...mode.split(',').filter(word => /^\w+$/.test(word)), 'ONLY_FULL_GROUP_BY'].join(',')}'`
  const inside = `FROM (\n${query}\n) AS q`
  const isMariadb = session.server.kind === 'mariadb'
  const sql = isMariadb
    ? `SET STATEMENT sql_mode = ${full} FOR EXPLAIN SELECT 1 ${inside}`
    : `EXPLAIN SELECT /*+ SET_VAR(sql_mode = ${full}) */ 1 ${inside}`
  await session.execute(sql, 0).catch((thrown: unknown) => {
    const error = BatchQueryError.from(thrown)
    const [, reason] = /: (.*) \((?:1055|1140)\)$/s.exec(error.message) ?? []
    if (reason === undefined) throw error
    throw refusal(
      `a value of a group is that of any of its rows: ${reason}`,
      'Write the columns in GROUP BY, or an aggregate around them.',
    )
  })
}

/** A stored function may read other tables, which nothing locks while the readers begin. */
async function refuseRoutines(
  session: Session,
  functions: ReadonlySet<string>,
  consistency: ReadsRequest['consistency'],
): Promise<void> {
  if (functions.size === 0) return
  const names = [...functions].map(text).join(', ')
  const rows = await askSession(
    session,
    `SELECT ROUTINE_NAME, IS_DETERMINISTIC, SQL_DATA_ACCESS FROM information_schema.ROUTINES
     WHERE ROUTINE_TYPE = 'FUNCTION' AND ROUTINE_NAME IN (${names})`,
  )
  for (const [name, isDeterministic, access] of rows) {
    if (isDeterministic !== 'YES')
      throw refusal(
        `the function ${name} is not DETERMINISTIC`,
        'Declare it so if it is, or remove PARALLEL.',
      )
    if (consistency === 'SNAPSHOT' && access !== 'NO SQL')
      throw refusal(
        `the function ${name} may read tables (it is declared ${access}), which are then not of the same moment`,
        'Declare it NO SQL if it reads none, or write CONSISTENCY NONE.',
      )
  }
}

/** `sql_select_limit` is a LIMIT of every SELECT. */
async function refuseLimitOfSession(session: Session): Promise<void> {
  const [[limit, isDefault] = []] = await askSession(
    session,
    'SELECT @@SESSION.sql_select_limit, @@SESSION.sql_select_limit >= 18446744073709551615',
  )
  if (isDefault !== '1')
    throw refusal(
      `sql_select_limit is ${limit} in this session, and would apply to each range`,
      'Write SET sql_select_limit = DEFAULT before the export.',
    )
}
