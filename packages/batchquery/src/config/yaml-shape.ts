import { type CST, type Document, isMap, isScalar, isSeq, Parser } from 'yaml'

/** Enough for hundreds of databases. The parser's time for some texts grows with the square of their length. */
const MOST_CHARACTERS = 64 * 1024
/** Far more than settings need. The parser is recursive. */
const MOST_LEVELS = 16

/** Returns why the parser must not get a text: it could take very long or crash. Null if the text is safe. */
export function hostileShape(yaml: string): string | null {
  if (yaml.length > MOST_CHARACTERS) return `settings have at most ${MOST_CHARACTERS} characters`
  let level: (CST.Token | null | undefined)[] = [...new Parser().parse(yaml)]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_LEVELS) return 'the settings are nested too deeply'
    level = level.flatMap(token => (token ? partsOf(token) : []))
  }
  return null
}

function partsOf(token: CST.Token): (CST.Token | null | undefined)[] {
  if (token.type === 'document') return [token.value]
  return 'items' in token ? token.items.flatMap(({ key, value }) => [key, value]) : []
}

/** Returns a key that a mapping has twice, with its second offset. */
export function repeatedKey({ contents }: Document.Parsed): { key: string; offset: number } | null {
  const nodes: unknown[] = [contents]
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    if (isSeq(node)) nodes.push(...node.items)
    if (!isMap(node)) continue
    const keys = new Set<string>()
    for (const { key, value } of node.items) {
      nodes.push(key, value)
      if (!isScalar(key)) continue
      const text = String(key.value)
      if (keys.has(text)) return { key: text, offset: key.range?.[0] ?? 0 }
      keys.add(text)
    }
  }
  return null
}
