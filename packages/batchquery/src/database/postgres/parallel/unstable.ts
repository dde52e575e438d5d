import { BatchQueryError } from '../../../errors/index.ts'
import { wordsOf } from '../../../sql/dialects/index.ts'
import { Lexer, type StringRules } from '../../../sql/index.ts'
import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'
import { nodesOf, type PlanNode } from './explained.ts'

const { text } = wordsOf('postgres').literals

/** Expressions without parentheses whose value is the time of the transaction. */
const TIMES = ['CURRENT_DATE', 'CURRENT_TIME', 'CURRENT_TIMESTAMP', 'LOCALTIME', 'LOCALTIMESTAMP']
/** The server declares these functions stable, but their values differ between sessions and their transactions. */
const OF_SESSIONS = [
  ...['now', 'transaction_timestamp', 'statement_timestamp', 'pg_backend_pid', 'inet_client_port'],
  ...['txid_current', 'txid_current_if_assigned', 'pg_current_xact_id', 'pg_current_xact_id_if_assigned'],
  ...['pg_cursor', 'pg_prepared_statement', 'pg_listening_channels', 'pg_my_temp_schema'],
]
const STATISTICS = 'pg\\_stat\\_get\\_%'
/** Volatile functions without a value. */
const HARMLESS = ['pg_sleep', 'pg_sleep_for', 'pg_sleep_until']
/** Texts that the server reads as the time of the transaction, if their type is a date or a time. */
const TIME_TEXTS = /^\s*(?:now|today|tomorrow|yesterday)\s*$/i
const TIME_HINT = 'Write the time as a parameter of the task, or SET a setting to it and read that.'

/**
 * Refuses a query that has not the same rows in every session.
 *
 * The functions are those of the plan, so also those in views and policies. The plan does not show the expressions of VALUES, so they are
 * those of the text, too.
 *
 * @throws UNSUPPORTED_CLAUSE naming the function
 */
export async function refuseUnstable(
  session: Session,
  query: string,
  plan: PlanNode,
  rules: StringRules,
): Promise<void> {
  const inText = wordsIn(query, rules)
  const inPlan = [...nodesOf(plan)].flatMap(({ output, expressions }) =>
    [...output, ...expressions.values()].map(expression => wordsIn(expression, rules)),
  )
  for (const { times } of [inText, ...inPlan])
    for (const time of times) throw unstable(`${time} differs between transactions`, TIME_HINT)
  // A literal that stays text is in the plan.
  const texts = new Set(inPlan.flatMap(({ timeTexts }) => timeTexts))
  for (const literal of inText.timeTexts)
    if (!texts.has(literal)) throw unstable(`the time ${literal} differs between transactions`, TIME_HINT)
  const functions = new Set([inText, ...inPlan].flatMap(words => words.functions))
  await refuseFunctions(session, [...functions])
  await refuseOperators(session, new Set(inPlan.flatMap(({ operators }) => operators)))
}

const unstable = (reason: string, hint: string): BatchQueryError =>
  new BatchQueryError('UNSUPPORTED_CLAUSE', `PARALLEL: ${reason}, so the ranges would not fit together`, {
    hint,
  })

interface Words {
  /** Names in front of a parenthesis, as the server stores them, without their schema. */
  readonly functions: readonly string[]
  readonly times: readonly string[]
  /** Literals such as 'now'. */
  readonly timeTexts: readonly string[]
  readonly operators: readonly string[]
}

function wordsIn(sql: string, rules: StringRules): Words {
  const functions: string[] = []
  const times: string[] = []
  const timeTexts: string[] = []
  const operators: string[] = []
  const lexer = new Lexer(sql, 'postgres', undefined, rules)
  let name: string | null = null
  let operatorEnd = -1
  while (lexer.nextCode()) {
    if (name !== null && lexer.isOperator('(')) functions.push(name)
    name = nameAt(lexer)
    if (TIMES.includes(lexer.keyword)) times.push(lexer.keyword)
    if (lexer.kind === 'string' && TIME_TEXTS.test(lexer.text.slice(1, -1))) timeTexts.push(lexer.text)
    if (lexer.kind !== 'operator') continue
    if (operatorEnd === lexer.start) operators.push(`${operators.pop()}${lexer.text}`)
    else operators.push(lexer.text)
    operatorEnd = lexer.end
  }
  return { functions, times, timeTexts, operators }
}

function nameAt({ kind, text }: Lexer): string | null {
  if (kind === 'word') return text.toLowerCase()
  return kind === 'identifier' ? text.slice(1, -1).replaceAll('""', '"') : null
}

const listOf = (names: readonly string[]): string => `ARRAY[${names.map(text).join(', ')}]::text[]`

/** A function of the user is as stable as it declares, unless its body reads the time. */
async function refuseFunctions(session: Session, names: readonly string[]): Promise<void> {
  const [[name, volatility, isTime] = []] = await askSession(
    session,
    `SELECT p.proname, p.provolatile, p.provolatile <> 'v'
     FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
     WHERE p.proname = ANY (${listOf(names)}) AND p.proname <> ALL (${listOf(HARMLESS)})
       AND p.prorettype <> 'pg_catalog.tsm_handler'::pg_catalog.regtype AND (
       p.provolatile = 'v'
       OR (n.nspname = 'pg_catalog' AND (p.proname = ANY (${listOf(OF_SESSIONS)}) OR p.proname LIKE ${text(STATISTICS)}))
       OR (n.nspname <> 'pg_catalog' AND p.provolatile = 's'
         AND p.prosrc ~* ${text(`\\m(${[...TIMES, 'now', 'transaction_timestamp', 'statement_timestamp'].join('|')})\\M`)}))
     ORDER BY p.provolatile DESC, p.proname LIMIT 1`,
  )
  if (name == null) return
  if (isTime === 't') throw unstable(`${name}() differs between sessions and transactions`, TIME_HINT)
  throw unstable(
    `${name}() is ${volatility === 'v' ? 'volatile' : 'not stable'}`,
    `Remove ${name}() or PARALLEL. A function of yours that only reads can be declared STABLE.`,
  )
}

async function refuseOperators(session: Session, used: ReadonlySet<string>): Promise<void> {
  const rows = await askSession(
    session,
    `SELECT o.oprname FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode WHERE p.provolatile = 'v'`,
  )
  for (const [name] of rows)
    if (name !== null && used.has(name))
      throw unstable(`the operator ${name} is volatile`, 'Declare its function STABLE, or remove PARALLEL.')
}
