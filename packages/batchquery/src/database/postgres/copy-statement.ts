import { escapeLiteral } from 'pg'

const START = 'COPY (\n'

/** How many characters are before the query in a `copyStatement`. */
export const BEFORE_QUERY = START.length

/**
 * The statement that sends the rows of a query. The query may end in a line comment, and in semicolons.
 *
 * @param options as `copyOptions` returns them
 */
export const copyStatement = (sql: string, options: string): string =>
  `${START}${withoutEnd(sql)}\n) TO STDOUT ${options}`

/** The query without the semicolons at its end. If they are part of a comment, nothing is lost with them. */
export const withoutEnd = (sql: string): string => sql.replace(/[;\s]+$/, '')

/** The statement that sends the names of the columns as a row: the HEADER line, in the server's own writing. */
export const headerStatement = (names: readonly string[], options: string): string =>
  copyStatement(`SELECT ${names.map(name => escapeLiteral(name)).join(', ')}`, options)
