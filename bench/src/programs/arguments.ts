import { parseArgs } from 'node:util'

/** The options of a program of the bench. Each is `--name value` and required. */
export function readArguments<Name extends string>(...names: readonly Name[]): Record<Name, string> {
  const options = Object.fromEntries(names.map(name => [name, { type: 'string' } as const]))
  const { values } = parseArgs({ options })
  const found: Partial<Record<Name, string>> = {}
  for (const name of names) {
    const value = values[name]
    if (typeof value !== 'string') throw new Error(`--${name} is missing`)
    found[name] = value
  }
  if (hasAll(found, names)) return found
  throw new Error('an option is missing')
}

function hasAll<Name extends string>(
  found: Partial<Record<Name, string>>,
  names: readonly Name[],
): found is Record<Name, string> {
  return names.every(name => found[name] !== undefined)
}
