import { describe, expect, it } from 'vitest'
import { parse, withClause } from './export-statements.ts'

describe('PARALLEL', () => {
  it.each([
    ['PARALLEL 1', { readers: 1, by: null, consistency: 'SNAPSHOT' }],
    ['parallel 64 consistency none', { readers: 64, by: null, consistency: 'NONE' }],
    ['PARALLEL 4 BY (a, b)', { readers: 4, by: ['a', 'b'], consistency: 'SNAPSHOT' }],
    ['PARALLEL 4 BY (a) CONSISTENCY SNAPSHOT', { readers: 4, by: ['a'], consistency: 'SNAPSHOT' }],
  ])('reads %s', (clause, parallel) => {
    expect(parse(withClause(clause), 'mysql')?.parallel).toEqual(parallel)
  })

  it('is null when the statement does not have the clause', () => {
    expect(parse(withClause('FORMAT CSV'), 'mysql')?.parallel).toBeNull()
  })

  it.each([
    ['PARALLEL 0', 'expected 1 to 64 readers after PARALLEL, found "0"', 'Write PARALLEL n [BY'],
    ['PARALLEL 65', 'expected 1 to 64 readers after PARALLEL, found "65"', 'Write PARALLEL n [BY'],
    ['PARALLEL ON', 'expected a number of readers after PARALLEL, found "ON"', 'such as PARALLEL 4'],
    ['PARALLEL off', 'expected a number of readers after PARALLEL, found "off"', 'leave the clause out'],
    ['PARALLEL', 'expected a number of readers after PARALLEL, found the end', 'Write PARALLEL n [BY'],
    ["PARALLEL '4'", 'expected a number of readers after PARALLEL', 'Write PARALLEL n [BY'],
    ['PARALLEL 4 BY a', 'expected ( after BY, found "a"', 'Write PARALLEL n [BY'],
    ['PARALLEL 4 BY ()', 'expected the name of a column, found ")"', 'Write PARALLEL n [BY'],
    ['PARALLEL 4 BY (a, a)', 'expected each column once in BY', 'Write PARALLEL n [BY'],
    ['PARALLEL 4 CONSISTENCY WEAK', 'expected SNAPSHOT or NONE after CONSISTENCY', 'Write PARALLEL n [BY'],
    ['CONSISTENCY NONE', 'found "CONSISTENCY"', 'Did you mean PARALLEL n CONSISTENCY'],
    ['PARALLEL 4 PARALLEL 4', 'expected PARALLEL only once', 'Write PARALLEL n [BY'],
  ])('refuses %s', (clause, message, hint) => {
    expect(() => parse(withClause(clause), 'mysql')).toThrow(
      expect.objectContaining({
        code: 'SQL_SYNTAX',
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    )
  })
})
