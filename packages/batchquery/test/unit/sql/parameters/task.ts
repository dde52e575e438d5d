import {
  bindParameters,
  type Dialect,
  readDirectives,
  splitStatements,
  substitute,
  usedParameters,
} from '../../../../src/sql/index.ts'

/** The statements of a task as they would be sent. */
export const statementsOf = (
  sql: string,
  given: Readonly<Record<string, string>>,
  dialect: Dialect,
): string[] => {
  const statements = splitStatements(sql, dialect)
  const { parameters } = readDirectives(sql, dialect)
  const used = usedParameters(statements, dialect)
  const values = bindParameters({ declarations: parameters, used, dialect }, given)
  return statements.map(statement => substitute(statement, values, dialect).text)
}

/** A header that declares parameters, then one statement. */
export const substituteIn = (
  query: string,
  dialect: Dialect,
  declared: readonly string[],
  given: Readonly<Record<string, string>>,
): string => {
  const header = declared.map(declaration => `-- @param ${declaration}\n`).join('')
  return statementsOf(`${header};${query}`, given, dialect)[0] ?? ''
}
