import { BatchQueryError } from '../../../errors/index.ts'
import { wordsOf } from '../../../sql/dialects/index.ts'
import { Lexer, type StringRules, stringRulesOf } from '../../../sql/index.ts'
import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'
import { refusal } from './refusal.ts'
import { findTable, namesOf, shownTable, type Table } from './table.ts'

const { text } = wordsOf('mysql').literals

/** After these words of a FROM clause comes a table, or a list of tables in parentheses. */
const BEFORE_TABLE = new Set(['FROM', 'JOIN', 'STRAIGHT_JOIN', 'TABLE'])
/** These end the list of tables of a FROM clause, except in an index hint: USE INDEX FOR ORDER BY (..). */
const AFTER_LIST = new Set(
  'WHERE GROUP HAVING WINDOW ORDER LIMIT UNION EXCEPT INTERSECT SELECT VALUES WITH PROCEDURE'.split(' '),
)

/** The numbers of the errors for a name that is none of a table. */
const NO_TABLE = /\((?:1046|1049|1102|1103|1109|1146)\)/

/** What a query reads. */
export interface QueryTables {
  /** The tables and views that the query itself names: to lock a view is to lock its tables. */
  readonly named: readonly Table[]
  /** The base tables, also those behind views. */
  readonly base: readonly Table[]
  readonly views: readonly Table[]
  /** The queries of the views, with the names of their schemas. */
  readonly definitions: readonly string[]
}

/**
 * Finds the tables that a query reads. A name in a place of a table may be that of a common table expression, too: then a table of that name
 * is one more, which does no harm.
 *
 * @throws UNSUPPORTED_CLAUSE for a view whose definition the user may not see; PERMISSION
 */
export async function tablesOfQuery(
  session: Session,
  query: string,
  rules: StringRules,
): Promise<QueryTables> {
  const named = await existing(session, tableNamesIn(query, rules))
  const found = new Map(named.map(table => [shownTable(table), table]))
  const definitions: string[] = []
  // The map grows while it is read.
  for (const table of found.values()) {
    if (!table.isView) continue
    const definition = await definitionOf(session, table)
    definitions.push(definition)
    const inside = await existing(session, tableNamesIn(definition, stringRulesOf('mysql', '')))
    for (const other of inside) if (!found.has(shownTable(other))) found.set(shownTable(other), other)
  }
  const all = [...found.values()]
  return {
    ...{ named, definitions },
    base: all.filter(({ isView }) => !isView),
    views: all.filter(({ isView }) => isView),
  }
}

async function existing(session: Session, names: readonly (readonly string[])[]): Promise<readonly Table[]> {
  const found = new Map<string, Table>()
  for (const name of names) {
    const table = await findTable(session, name).catch((thrown: unknown) => noTable(session, name, thrown))
    if (table !== null) found.set(shownTable(table), table)
  }
  return [...found.values()]
}

/** A user who may see nothing of a schema is told only that. The query reads no such table, because the server has checked its rights. */
async function noTable(session: Session, name: readonly string[], thrown: unknown): Promise<null> {
  const error = BatchQueryError.from(thrown)
  if (NO_TABLE.test(error.message)) return null
  if (error.code !== 'PERMISSION') throw error
  const [schema, own] = await namesOf(session, name)
  const [[type] = []] = await askSession(
    session,
    `SELECT TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${text(schema)} AND TABLE_NAME = ${text(own)}`,
  )
  if (type === undefined) return null
  throw type === 'VIEW' ? hiddenView({ schema, name: own }) : error
}

/** The query of a view, in the server's own form: all names have their schemas and are in backticks. */
export async function definitionOf(session: Session, view: Pick<Table, 'schema' | 'name'>): Promise<string> {
  const [[definition] = []] = await askSession(
    session,
    `SELECT VIEW_DEFINITION FROM information_schema.VIEWS
     WHERE TABLE_SCHEMA = ${text(view.schema)} AND TABLE_NAME = ${text(view.name)}`,
  )
  if (definition) return definition
  throw hiddenView(view)
}

const hiddenView = (view: Pick<Table, 'schema' | 'name'>): BatchQueryError =>
  refusal(
    `this user may not see the definition of the view ${shownTable(view)}, so its tables are unknown`,
    'Ask an administrator: GRANT SHOW VIEW ON database.* TO user. Or select from its tables.',
  )

/** The names in the places of tables, as they are written: schema and table, or only the table. */
export function tableNamesIn(sql: string, rules: StringRules): readonly (readonly string[])[] {
  const lexer = new Lexer(sql, 'mysql', undefined, rules)
  const names: (readonly string[])[] = []
  /** For each open parenthesis, whether a comma in it is between tables. */
  const lists = [false]
  let isNext = false
  let previous = ''
  let isMore = lexer.nextCode()
  while (isMore) {
    const { keyword } = lexer
    const isName = lexer.kind === 'identifier' || lexer.kind === 'word'
    if (lexer.isOperator('(')) lists.push(isNext)
    else if (lexer.isOperator(')')) {
      lists.pop()
      isNext = false
    } else if (lexer.isOperator(',')) isNext = lists.at(-1) ?? false
    else if (BEFORE_TABLE.has(keyword)) {
      if (keyword === 'FROM') lists[lists.length - 1] = true
      isNext = true
    } else if (AFTER_LIST.has(keyword) && previous !== 'FOR') {
      lists[lists.length - 1] = false
      isNext = false
    } else if (isNext && isName && keyword !== 'LATERAL' && keyword !== 'OJ') {
      const name: string[] = []
      do {
        name.push(lexer.text)
        isMore = lexer.nextCode()
      } while (isMore && lexer.isOperator('.') && lexer.nextCode())
      names.push(name)
      isNext = false
      previous = ''
      continue
    }
    previous = keyword
    isMore = lexer.nextCode()
  }
  return names
}
