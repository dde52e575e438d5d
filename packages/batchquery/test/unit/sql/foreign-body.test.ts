import { describe, expect, it } from 'vitest'
import { type Dialect, splitStatements, usedParameters } from '../../../src/sql/index.ts'

const texts = (sql: string, dialect: Dialect = 'mysql'): string[] =>
  splitStatements(sql, dialect).map(({ text }) => text)

/** What MySQL 9.7.4 takes; MySQL 8 and MariaDB take none of them. */
const BODIES = [
  `CREATE FUNCTION f(a INT) RETURNS INT LANGUAGE JAVASCRIPT AS $$ let b = "it's"; return a; $$`,
  'CREATE FUNCTION f(a INT) RETURNS INT LANGUAGE JAVASCRIPT AS $tag$ return `;` + "$$" + \'$other$\' $tag$',
  `CREATE FUNCTION f(a INT) RETURNS INT LANGUAGE JAVASCRIPT AS $1t$ return ';$1$' $1t$`,
  `CREATE FUNCTION f(a INT) RETURNS INT LANGUAGE JAVASCRIPT AS $é$ return "'; $e$" $é$`,
  `create function if not exists f(a int) returns int language javascript comment 'x' deterministic as $$ ';:a $$`,
  `CREATE PROCEDURE p() LANGUAGE JAVASCRIPT USING (l AS x, m AS y) AS /* c */ $$ '; /* -- # $$`,
  `CREATE LIBRARY IF NOT EXISTS l COMMENT 'c' LANGUAGE JAVASCRIPT AS $mle$ export const q = "'" ; $mle$`,
  `CREATE LIBRARY l LANGUAGE WASM AS $$ ' $$`,
]

describe('a body in another language', () => {
  it.each(BODIES)('is one string: %s', body => {
    expect(texts(`${body};\nSELECT ':no', :yes`)).toEqual([body, "SELECT ':no', :yes"])
    expect([...usedParameters(splitStatements(`${body};SELECT :yes`, 'mysql'), 'mysql').keys()]).toEqual([
      'yes',
    ])
    expect(texts(`DELIMITER //\n${body}//\nSELECT 1//`)).toEqual([body, 'SELECT 1'])
  })

  it('is not closed by another tag than its own', () => {
    const open = 'CREATE FUNCTION f() RETURNS INT LANGUAGE JAVASCRIPT AS $a$ return 1 $A$'
    expect(() => texts(open)).toThrow('line 1, column 56: expected the closing $a$')
  })
})

/** Statements that MySQL 8 and MariaDB take. All of these are names there. */
const NAMES = [
  'SELECT 1 AS $$',
  'SELECT 1 AS $a$, $b, $c$d FROM `$e$`',
  'SELECT $$.$a FROM $$',
  'CREATE TABLE t (language INT) AS SELECT 1 AS $a$',
  'CREATE VIEW v AS SELECT language x, 1 AS $a$ FROM t',
  'CREATE FUNCTION f() RETURNS INT LANGUAGE SQL RETURN (SELECT language x FROM (SELECT 1 AS $a$) AS $b$)',
  'CREATE PROCEDURE p() BEGIN SELECT language x, 1 AS $a$ FROM t',
  'SELECT language javascript, 1 AS $a$ FROM t',
]

describe('a name with dollars', () => {
  it.each(NAMES)('is a name: %s', name => {
    const [statement] = texts(`${name};${name.includes('BEGIN') ? ' END;' : ''} SELECT 1`)
    expect(statement?.startsWith(name)).toBe(true)
  })

  it.each(NAMES)('ends at a delimiter: %s', name => {
    expect(texts(`${name}${name.includes('BEGIN') ? '; END' : ''}; SELECT '$a$'`)).toHaveLength(2)
  })
})
