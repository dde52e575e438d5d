import { BatchQueryError } from '../errors/index.ts'

/** Prefixes of variables that pass `-e` from the submitter to the runner: its arguments must not contain secrets. */
const OPEN = 'BATCHQUERY_ENV_'
const SECRET = 'BATCHQUERY_SECRET_ENV_'
const REFERENCED = 'BATCHQUERY_SECRET_ARN_'

export interface ScriptVariables {
  readonly open: Readonly<Record<string, string>>
  /** No log may contain their values. */
  readonly secret: Readonly<Record<string, string>>
  /** References to secrets that the runner reads: `secret:ARN` or `secret:ARN#KEY`. */
  readonly referenced: Readonly<Record<string, string>>
}

/**
 * Checks that a user may set a variable of this name for a script.
 *
 * @throws USAGE if it is not a name, or if batchquery sets the variable
 */
export function checkVariableName(name: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new BatchQueryError('USAGE', `${JSON.stringify(name.slice(0, 100))} is not a valid variable name`, {
      hint: 'Write letters, digits and underscores.',
    })
  if (name.startsWith('BATCHQUERY_') || name === 'TMPDIR')
    throw new BatchQueryError('USAGE', `batchquery itself sets the variable ${name} of a script`, {
      hint: 'Choose another name. To pass parameters, use -p; to name the database, use -d.',
    })
}

/** The names of the variables, sorted. A record has only the names. */
export const variableNames = ({ open, secret, referenced }: ScriptVariables): string[] =>
  Object.keys({ ...open, ...secret, ...referenced }).sort()

/** The variables for the runner's environment. */
export function passScriptVariables({ open, secret, referenced }: ScriptVariables): Record<string, string> {
  const prefixed = (prefix: string, variables: Readonly<Record<string, string>>) =>
    Object.entries(variables).map(([name, value]) => [`${prefix}${name}`, value])
  return Object.fromEntries([
    ...prefixed(OPEN, open),
    ...prefixed(SECRET, secret),
    ...prefixed(REFERENCED, referenced),
  ])
}

/** The variable of the runner that contains the value of a script's secret variable. */
export const secretVariable = (name: string): string => `${SECRET}${name}`

/** The name that the user gave to `-e` for a variable of the runner; null for any other variable. */
export function scriptVariableName(variable: string): string | null {
  const prefix = [OPEN, SECRET, REFERENCED].find(known => variable.startsWith(known))
  return prefix === undefined ? null : variable.slice(prefix.length)
}

/** The inverse of `passScriptVariables`. */
export function scriptVariables(runner: NodeJS.ProcessEnv): ScriptVariables {
  const withPrefix = (prefix: string): Record<string, string> =>
    Object.fromEntries(
      Object.entries(runner).flatMap(([name, value]) =>
        value !== undefined && name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
      ),
    )
  return { open: withPrefix(OPEN), secret: withPrefix(SECRET), referenced: withPrefix(REFERENCED) }
}
