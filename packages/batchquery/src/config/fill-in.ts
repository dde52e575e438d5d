import { type Document, isScalar, visit } from 'yaml'
import { quoted } from '../platform/index.ts'

/** What is read here: the rest of the file is for others. */
const KEYS = ['bucket', 'store', 'engine', 'database', 'databases', 'container', 'fargate']

/** The document and its mapping are above. */
const TOP_LEVEL = 2

const PLACE = /\$\{([^}]*)(\}?)/g

/** Why a place cannot be filled in, and where it is. */
export interface Unfilled {
  readonly offset: number
  readonly fault: string
}

/**
 * Puts variables into the values of a document: `${NAME}` becomes what NAME has, as it is. Nothing else of a shell is known.
 *
 * @param environment null where no variable of this process has a place in the text
 * @returns the first place that cannot be filled in, which is worse than an error when it becomes the name of a folder; null
 *   without
 */
export function fillIn(document: Document.Parsed, environment: NodeJS.ProcessEnv | null): Unfilled | null {
  let unfilled: Unfilled | null = null
  visit(document, {
    Pair(_, { key }, { length }) {
      const isOthers = length === TOP_LEVEL && isScalar(key) && !KEYS.includes(String(key.value))
      return isOthers ? visit.SKIP : undefined
    },
    Scalar(role, scalar) {
      if (role === 'key' || typeof scalar.value !== 'string') return
      scalar.value = scalar.value.replace(PLACE, (place, name: string, end: string) => {
        const filled = filledBy(name, end !== '', environment)
        if (filled.fault === null) return filled.value
        unfilled ??= { offset: scalar.range?.[0] ?? 0, fault: filled.fault }
        return place
      })
    },
  })
  return unfilled
}

type Filled = { readonly value: string; readonly fault: null } | { readonly fault: string }

function filledBy(name: string, isClosed: boolean, environment: NodeJS.ProcessEnv | null): Filled {
  // Any other text may be half of a password.
  const isShown = isClosed && /^[A-Z_][A-Z0-9_]{0,63}$/.test(name)
  const written = quoted(isShown ? `\${${name}}` : '${...')
  if (environment === null) return { fault: `${written} is filled in from the environment of no runner` }
  if (!isClosed || !/^[A-Za-z_]\w*$/.test(name))
    return { fault: `${written} is not of the form \${NAME}, the only one that is filled in` }
  const value = environment[name]
  return value ? { value, fault: null } : { fault: `${written}: there is no such variable, or it is empty` }
}
