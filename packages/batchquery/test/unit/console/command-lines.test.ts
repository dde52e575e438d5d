import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CommandLines, shellWord } from '../../../src/console/server/command-lines.ts'
import { cases } from '../../setup/chance.ts'

test('a shell reads every word as the text that it was', () => {
  const word = fc
    .string({ unit: 'grapheme' })
    .filter(text => !text.includes('\0') && Buffer.from(text).toString() === text)
  fc.assert(
    fc.property(fc.array(word, { maxLength: 20 }), words => {
      const line = `printf '%s\\0' x ${words.map(shellWord).join(' ')}`
      const read = execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' })
      expect(read.split('\0').slice(1, -1)).toEqual(words)
    }),
    { numRuns: cases(50) },
  )
})

test('a command line names the home bucket as the console was started', () => {
  const commands = new CommandLines({ store: './my store', bucket: 'b1', stack: undefined })
  expect(commands.of('show', 'r1')).toBe("batchquery show r1 --store './my store' --bucket b1")
  expect(new CommandLines({}).ofRun('r1')).toMatchObject({ cancel: 'batchquery cancel r1' })
})

test('the command line of a rerun has no value that may be a secret', () => {
  const request = {
    parameters: { day: "it's", token: 'secret' },
    variables: { KEY: 'secret' },
    database: 'main',
  }
  const line = new CommandLines({}).ofRerun('r1', request, name => name === 'day')
  expect(line).toBe(`batchquery rerun r1 -p 'day=it'\\''s' -p token=@FILE -e KEY=@FILE -d main --detach`)
})
