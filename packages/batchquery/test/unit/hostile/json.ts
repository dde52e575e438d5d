import fc from 'fast-check'

/** Values that may replace another value. */
const HOSTILE: readonly unknown[] = [
  null,
  true,
  '',
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  [],
  {},
  [[]],
  JSON.parse('{"__proto__":{"polluted":1}}'),
  { constructor: { prototype: { polluted: 1 } } },
  { toString: 1, toJSON: 2, length: -1 },
  '__proto__',
  '../../etc/passwd',
  '/etc/passwd',
  'file:///etc/passwd',
  's3://other/result',
  's3://../other/result',
  '2026-13-45T00:00:00.000Z',
  '\0',
  '\ud800',
  '\n\u001b[31m',
  'x'.repeat(5_000),
  ...[
    'QUEUED',
    'RUNNING',
    'SUCCEEDED',
    'STAGED',
    'COMMITTING',
    'PUBLISHED',
    'ABORTED',
    'directory',
    's3',
    '***',
  ],
]

/** Values of the shape of these, with a few of the inner values replaced, removed, repeated or renamed. */
export function hostileJson(corpus: readonly unknown[]): fc.Arbitrary<unknown> {
  const change = fc.record({
    at: fc.noBias(fc.nat(1_000)),
    kind: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'repeat', 'rename'),
    value: fc.oneof(fc.constantFrom(...HOSTILE), fc.jsonValue()),
  })
  return fc
    .tuple(fc.constantFrom(...corpus), fc.array(change, { minLength: 1, maxLength: 4, size: 'max' }))
    .map(([value, changes]) => changes.reduce(changed, value))
}

interface Change {
  readonly at: number
  readonly kind: 'replace' | 'remove' | 'repeat' | 'rename'
  readonly value: unknown
}

/** Counts the values in the order in which JSON writes them, and changes one of them. */
function changed(root: unknown, { at, kind, value }: Change): unknown {
  const target = at % Math.max(1, countValues(root))
  let seen = -1
  const visit = (node: unknown): unknown => {
    if (typeof node !== 'object' || node === null) return node
    const entries = Object.entries(node).flatMap(([key, inner]): [string, unknown][] => {
      seen++
      if (seen !== target) return [[key, visit(inner)]]
      if (kind === 'replace') return [[key, value]]
      if (kind === 'remove') return []
      if (kind === 'rename') return [[typeof value === 'string' ? value : JSON.stringify(value), inner]]
      return [[key, inner], ...(Array.isArray(node) ? [[key, inner] satisfies [string, unknown]] : [])]
    })
    return Array.isArray(node) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries)
  }
  return visit(root)
}

const countValues = (node: unknown): number =>
  typeof node !== 'object' || node === null
    ? 0
    : Object.values(node).reduce((sum: number, inner) => sum + 1 + countValues(inner), 0)
