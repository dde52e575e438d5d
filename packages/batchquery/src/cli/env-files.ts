import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { BatchQueryError } from '../errors/index.ts'
import type { Log } from '../platform/index.ts'

/** Node reads these when it starts. This process runs already, so it would ignore them, and only its runner would see them. */
const READ_AT_START = /^NODE_(OPTIONS|EXTRA_CA_CERTS)$/

/**
 * Adds the variables of `.env` files to an environment, as `node --env-file` does: a variable that exists already keeps its value, even an
 * empty one, and a later file overrides an earlier one. Node's own parser reads the files.
 *
 * @param folder relative paths start here
 * @throws CONFIG for a file that cannot be read; no message contains a value
 */
export async function addEnvFiles(
  files: readonly string[],
  environment: NodeJS.ProcessEnv,
  folder: string,
  log: Log,
): Promise<void> {
  const variables = new Map<string, string>()
  for (const file of files)
    for (const [name, value] of await variablesOf(file, resolve(folder, file))) variables.set(name, value)
  for (const [name, value] of variables) {
    if (environment[name] !== undefined) continue
    if (READ_AT_START.test(name))
      log.warn(`--env-file: ${name} is ignored`, 'Node reads it when it starts: set it in the environment.')
    else environment[name] = value
  }
}

async function variablesOf(file: string, path: string): Promise<readonly [string, string][]> {
  const text = await readText(file, path)
  return Object.entries(parseEnv(text)).map(([name, value = '']) => {
    // The system would cut the value there.
    if (value.includes('\0'))
      throw new BatchQueryError('CONFIG', `--env-file ${file}: the value of ${name} has a NUL character`, {
        hint: 'Leave it out: no variable can contain it.',
      })
    return [name, value]
  })
}

async function readText(file: string, path: string): Promise<string> {
  try {
    // Removes a byte order mark, which would become a part of the first name.
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path))
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    const why = cause instanceof TypeError ? 'is not UTF-8' : isMissing ? 'does not exist' : 'cannot be read'
    throw new BatchQueryError('CONFIG', `--env-file ${file}: ${path} ${why}`, {
      cause,
      hint: 'Name a file with lines such as NAME=value, in UTF-8, that you may read; or leave --env-file out.',
    })
  }
}
