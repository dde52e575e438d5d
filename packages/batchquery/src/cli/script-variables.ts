import { BatchQueryError } from '../errors/index.ts'
import { isSecretReference, parseSecretReference } from '../platform/index.ts'
import { checkVariableName, type ScriptVariables } from '../run/index.ts'
import { readValueFile } from './value-file.ts'

/** `NAME=value`, `NAME=@file`, `NAME=secret:ARN`, or `NAME` alone. */
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?:=(@?)(.*))?$/s

/**
 * What `-e` gives a script. `NAME=value` stands in the open on the command line; a value from a file, or from the
 * variable of the same name of the own environment, is taken for a secret and masked in logs. Of `NAME=secret:ARN` the
 * runner reads the value.
 *
 * @param written in order; the last of a name counts
 * @throws USAGE where one has another form, or there is no such variable or file
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
  throw new BatchQueryError('USAGE', `-e ${name}: there is no variable of this name here`, {
    hint: `Set it before, or write -e ${name}=VALUE, -e ${name}=@FILE or -e ${name}=secret:ARN.`,
  })
}

const malformed = (text: string): BatchQueryError =>
  new BatchQueryError('USAGE', `-e ${JSON.stringify(text.slice(0, 100))} is no variable`, {
    hint: 'Write -e NAME=VALUE, -e NAME=@FILE, -e NAME=secret:ARN, or -e NAME for the value that it has here.',
  })
