import { describe, expect, it } from 'vitest'
import { isSecret, type ParameterDeclaration, readDirectives } from '../../../../src/sql/index.ts'

const read = (...lines: string[]) =>
  readDirectives([...lines, 'SELECT 1; -- @param late'].join('\n'), 'postgres')

const shown = ({ name, type, isList, defaultText }: ParameterDeclaration): string =>
  `${name} ${type}${isList ? '[]' : ''} ${JSON.stringify(defaultText)}`

describe('readDirectives', () => {
  it.each([
    ['-- @param day', 'day text null'],
    ['--@param  day   DATE', 'day date null'],
    ['-- @param ids int[]', 'ids int[] null'],
    ['-- @param ids int [ ] = 1, 2', 'ids int[] "1, 2"'],
    ['-- @param region=EU', 'region text "EU"'],
    ['-- @param region text = EU and more', 'region text "EU and more"'],
    ["-- @param region = 'it''s = x '", `region text "it's = x "`],
    ["-- @param region = ''", 'region text ""'],
    ['-- @param x = "a"', String.raw`x text "\"a\""`],
    ['-- @param x json = {"a": [1, 2]}\r', String.raw`x json "{\"a\": [1, 2]}"`],
    ['-- @param _1 decimal = -.5', '_1 decimal "-.5"'],
    ['-- @param at date = 2024-02-29 23:59', 'at date "2024-02-29 23:59"'],
    ['-- @param password secret', 'password secret null'],
  ])('%j', (line, expected) => {
    expect(read(line).parameters.map(shown)).toEqual([expected])
  })

  it('reads a whole header and ignores other comments', () => {
    const directives = read(
      '-- The month end. Ask @john, or -- @param john',
      '/* @param john */',
      '-- @database main',
      '--  @timeout 2 h',
      '-- @ home, @2, @',
      '-- @param a',
      '-- @param b secret',
    )
    expect(directives).toMatchObject({ database: 'main', timeout: '2 h' })
    expect(directives.parameters.map(({ name, line }) => `${name} ${line}`)).toEqual(['a 6', 'b 7'])
    expect(['a', 'b', 'c'].filter(name => isSecret(directives.parameters, name))).toEqual(['b'])
    expect(read()).toEqual({ parameters: [], database: null, timeout: null })
  })

  it.each([
    ['-- @parma day', 'line 2: unknown directive "@parma"'],
    ['-- @john: wrote this', 'line 2: unknown directive "@john"'],
    ['-- @database', 'line 2: expected one value after @database, found ""'],
    ['-- @database a b', 'line 2: expected one value after @database, found "a b"'],
    ['-- @timeout 1 h 2', 'line 2: expected one value after @timeout, found "1 h 2"'],
    ['-- @param', 'line 2: cannot read @param ""'],
    ['-- @param day date the day', 'line 2: cannot read @param "day date the day"'],
    [
      '-- @param 1st',
      'line 2: "1st" is not a valid parameter name (letters, digits and _, and no digit first)',
    ],
    [
      '-- @param tag-e',
      'line 2: "tag-e" is not a valid parameter name (letters, digits and _, and no digit first)',
    ],
    ['-- @param day datum', 'line 2: parameter day: unknown type "datum"'],
    ['-- @param day =', 'line 2: parameter day: expected a default after =, found ""'],
    ["-- @param day = 'x", `line 2: parameter day: expected a default after =, found "'x"`],
    ["-- @param day = 'x'y'", `line 2: parameter day: expected a default after =, found "'x'y'"`],
    [
      '-- @param n int = 1.5',
      'line 2: the default of parameter n: expected a whole number such as 42, found "1.5"',
    ],
    [
      "-- @param n int[] = ''",
      'line 2: the default of parameter n: expected at least one item, such as a,b, found ""',
    ],
    ['-- @param p secret = x', 'line 2: parameter p: a task cannot contain a secret as its default'],
  ])('refuses %j', (line, message) => {
    expect(() => read('-- first', line)).toThrowError(
      expect.objectContaining({ code: 'SQL_SYNTAX', message }),
    )
  })

  it.each(['@param a', '@database a', '@timeout 1h'])('refuses %s twice', directive => {
    const message = `line 3: ${directive.startsWith('@param') ? directive : directive.split(' ')[0]} appears a second time`
    expect(() => read(`-- ${directive}`, '-- other', `-- ${directive}`)).toThrowError(
      expect.objectContaining({ code: 'SQL_SYNTAX', message }),
    )
  })
})
