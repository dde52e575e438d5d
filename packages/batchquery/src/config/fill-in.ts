import { type Document, isScalar, visit } from 'yaml'
import { quoted } from '../platform/index.ts'

/** The keys that batchquery reads. Other keys are for other programs. */
const KEYS = ['bucket', 'store', 'engine', 'database', 'databases', 'container', 'fargate', 'notify']

/** The depth of a top-level key: below the document and its mapping. */
const TOP_LEVEL = 2

const PLACE = /\$\{([^}]*)(\}?)/g

/** A place that cannot be filled in: its offset, and the reason. */
export interface Unfilled {
  readonly offset: number
  readonly fault: string
}

/**
 * Puts variables into the values of a document: `${NAME}` becomes the value of NAME. No other syntax of a shell is known.
 *
 * @param environment null if the text must not contain variables of this process
 * @returns the first place that cannot be filled in; null if there is none. Unreplaced, such a place could become the name of a folder.
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
  // Any other text may be a part of a password.
  const isShown = isClosed && /^[A-Z_][A-Z0-9_]{0,63}$/.test(name)
  const written = quoted(isShown ? `\${${name}}` : '${...')
  if (environment === null) return { fault: `a runner does not fill in ${written} from its environment` }
  if (!isClosed || !/^[A-Za-z_]\w*$/.test(name))
    return { fault: `${written} does not have the form \${NAME}, the only one that batchquery fills in` }
  const value = environment[name]
  return value ? { value, fault: null } : { fault: `${written}: the variable is not set, or it is empty` }
}
