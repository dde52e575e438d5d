import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const workspace = join(import.meta.dirname, '../../../../..')

/** Words that plain English does not need, and better ones. */
const WORDS: readonly (readonly [pattern: RegExp, better: string])[] = [
  [/\bsettle[sd]?\b|\bsettling\b/i, 'resolves; recovers; ends'],
  [/\b(whoever|nobody|somebody|anybody)\b/i, 'name the actor: the caller, another process'],
  [/\b(amid|midst|heeds?|heeded|unheeded|lest)\b/i, 'during; obeys'],
  [
    /\bstands? (for|in(?! for)|at|there|here|under|before|behind|around|against|between)\b/i,
    'is; means; exists',
  ],
  [/\b(is|are) to be\b/i, 'must be'],
  [/(^|[.:;] )Of (?!course)[a-z]/, 'begin with the subject'],
  [
    /(^|[.;] )Where (?!is |are |do |does )[a-z]|\b(null|false|true|nothing|empty|except|zero) where\b/i,
    'if; when',
  ],
  [/(^|[.;] )Who (?!is |are |may )[a-z]/, 'the caller that; a process that'],
]

const files = execFileSync(
  'git',
  ['ls-files', 'packages', 'bench', 'scripts', 'docs/design.md', 'CONTRIBUTING.md'],
  {
    cwd: workspace,
    encoding: 'utf8',
  },
)
  .trim()
  .split('\n')
  .filter(path => /\.(ts|mjs)$/.test(path) || /^[^/]*\.md$|^docs\//.test(path))
  .filter(path => !path.includes('/golden/') && !path.endsWith('plain-words.test.ts'))
  // The index still lists a file that was just deleted.
  .filter(path => existsSync(join(workspace, path)))

/** The comments and the test names of a program; all lines of a document. */
function* sentences(path: string): Generator<{ line: number; text: string }> {
  const lines = readFileSync(join(workspace, path), 'utf8').split('\n')
  for (const [index, line] of lines.entries()) {
    const comment = /^\s*(?:\/\*\*|\*(?!\/)|\/\/)\s?(.*?)(?:\*\/)?$/.exec(line)?.[1]
    const name = /\b(?:test|it|describe)(?:\.\w+)*\(\s*(['"`])(.*)\1/.exec(line)?.[2]
    const text = path.endsWith('.md') ? line : (comment ?? name)
    if (text !== undefined) yield { line: index + 1, text: text.trim() }
  }
}

test('comments, test names and the design use plain words', () => {
  const found = files.flatMap(path =>
    [...sentences(path)].flatMap(({ line, text }) =>
      WORDS.filter(([pattern]) => pattern.test(text)).map(
        ([, better]) => `${path}:${line}: write "${better}": ${text}`,
      ),
    ),
  )
  expect(found).toEqual([])
})
