import { BatchQueryError } from '../errors/index.ts'
import { isSecretReference, parseSecretReference } from '../platform/index.ts'
import { checkVariableName, type ScriptVariables } from '../run/index.ts'
import { readValueFile } from './value-file.ts'

/** `NAME=value`, `NAME=@file`, `NAME=secret:ARN`, or `NAME` alone. */
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?:=(@?)(.*))?$/s

/**
 * Reads the variables of a script, as `-e` passes them. `NAME=value` is visible on the command line. A value from a file, or from the
 * variable of this name in the own environment, counts as a secret and is masked in logs. The runner reads the value of
 * `NAME=secret:ARN`.
 *
 * @param written in order; the last of a name has precedence
 * @throws USAGE for another form, and if there is no such variable or file
 */
export async function readScriptVariables(
  written: readonly string[],
  environment: NodeJS.ProcessEnv,
  folder: string,
): Promise<ScriptVariables> {
  const open = new Map<string, string>()
  const secret = new Map<string, string>()
  const referenced = new Map<string, string>()
  for (const text of written) {
    const [, name, at, rest] = VARIABLE.exec(text) ?? []
    if (name === undefined) throw malformed(text)
    checkVariableName(name)
    open.delete(name)
    secret.delete(name)
    referenced.delete(name)
    if (rest === undefined) secret.set(name, own(name, environment))
    else if (at === '@') secret.set(name, await readValueFile(`-e ${name}=@${rest}`, rest, folder))
    else if (isSecretReference(rest)) referenced.set(name, checked(name, rest))
    else open.set(name, rest)
  }
  return {
    open: Object.fromEntries(open),
    secret: Object.fromEntries(secret),
    referenced: Object.fromEntries(referenced),
  }
}

function checked(name: string, reference: string): string {
  parseSecretReference(reference, `-e ${name}`)
  return reference
}

function own(name: string, environment: NodeJS.ProcessEnv): string {
  const value = environment[name]
  if (value !== undefined) return value
  throw new BatchQueryError('USAGE', `-e ${name}: this process has no variable with this name`, {
    hint: `Set it first, or write -e ${name}=VALUE, -e ${name}=@FILE or -e ${name}=secret:ARN.`,
  })
}

const malformed = (text: string): BatchQueryError =>
  new BatchQueryError('USAGE', `-e ${JSON.stringify(text.slice(0, 100))} is not a variable`, {
    hint: 'Write -e NAME=VALUE, -e NAME=@FILE, -e NAME=secret:ARN, or -e NAME for its value in this process.',
  })
