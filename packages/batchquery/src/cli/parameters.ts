import { BatchQueryError } from '../errors/index.ts'
import { isSecretReference, parseSecretReference } from '../platform/index.ts'
import { type SubmittedParameters, submitParameters } from '../run/index.ts'
import { isSecret, type ParameterDeclaration } from '../sql/index.ts'
import { readValueFile } from './value-file.ts'

/** `name=value`, `name=@file` or `name=secret:ARN`, as `-p` takes it. */
const PARAMETER = /^([A-Za-z_][A-Za-z0-9_]*)=(@?)(.*)$/s

/**
 * Reads the parameters of a command line.
 *
 * @param isScript a script declares no parameters: each value from a file counts as a secret
 * @param written the values of `-p` in order; the last of a name has precedence
 * @throws USAGE for another form, and for a secret that is visible on the command line
 */
export async function readParameters(
  written: readonly string[],
  declarations: readonly ParameterDeclaration[],
  folder: string,
  isScript = false,
): Promise<SubmittedParameters> {
  const secrets = new Set<string>()
  const given = new Map<string, string>()
  for (const text of written) {
    const [, name, at, rest] = PARAMETER.exec(text) ?? []
    if (name === undefined) throw malformed(text)
    const isFromFile = at === '@'
    const value = isFromFile ? await readValueFile(`-p ${name}=@${rest}`, rest, folder) : rest
    if (isFromFile && value === '' && isSecret(declarations, name)) throw emptySecret(name, rest)
    if (isSecretReference(value)) parseSecretReference(value, `-p ${name}`)
    else if (isSecret(declarations, name) && !isFromFile) throw inTheOpen(name)
    if (isScript ? isFromFile : isSecret(declarations, name)) secrets.add(name)
    else secrets.delete(name)
    given.set(name, value)
  }
  return submitParameters(given, name => secrets.has(name))
}

const malformed = (text: string): BatchQueryError =>
  new BatchQueryError('USAGE', `-p ${JSON.stringify(text.slice(0, 100))} is not a parameter`, {
    hint: 'Write -p NAME=VALUE, -p NAME=@FILE or -p NAME=secret:ARN.',
  })

const inTheOpen = (name: string): BatchQueryError =>
  new BatchQueryError('USAGE', `parameter ${name} is a secret, and other users can read the command line`, {
    hint: `Write -p ${name}=@FILE, with the value in the file, or -p ${name}=secret:ARN of Secrets Manager.`,
  })

const emptySecret = (name: string, file: string): BatchQueryError =>
  new BatchQueryError('USAGE', `-p ${name}=@${file}: the file is empty, but ${name} is a secret`, {
    hint: 'Write the secret into the file. The whole content is the value.',
  })
