import { statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { BatchQueryError } from '../errors/index.ts'
import { CONFIG_FILE, OTHER_CONFIG_FILE } from './defaults.ts'
import type { ConfigFile } from './parse-config-file.ts'

/**
 * Finds the batchquery.yaml of a project: in the folder, or in the nearest parent that has one, up to the root of the
 * repository (a `.git`) or of the file system. Its name may be batchquery.yml. Null if there is none.
 *
 * A file in a parent folder that belongs to another user is refused, as Git does: it decides which server gets our passwords.
 *
 * @param named the file to read instead; relative to the folder
 * @param environment the variables that replace `${NAME}` in it
 * @throws CONFIG
 */
export async function findConfigFile(
  named: string | undefined,
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<ConfigFile | null> {
  if (named !== undefined) return readConfigFile(resolve(folder, named), environment)
  for (let at = folder; ; at = dirname(at)) {
    const [found, other] = [CONFIG_FILE, OTHER_CONFIG_FILE].flatMap(name => stat(join(at, name)) ?? [])
    if (other !== undefined) throw bothThere(at)
    if (found !== undefined) {
      if (at !== folder) refuseForeign(found.path, found.uid)
      return readConfigFile(found.path, environment)
    }
    if (stat(join(at, '.git')) !== undefined || dirname(at) === at) return null
  }
}

const bothThere = (folder: string): BatchQueryError =>
  new BatchQueryError('CONFIG', `${folder} has both ${CONFIG_FILE} and ${OTHER_CONFIG_FILE}`, {
    hint: 'Remove one of them, or name the file to read: --config FILE.',
  })

async function readConfigFile(path: string, environment: NodeJS.ProcessEnv): Promise<ConfigFile> {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new BatchQueryError('CONFIG', `cannot read ${path}: ${reason}`, {
      cause,
      hint: 'Name a YAML file in UTF-8 that you can read. `batchquery init` writes one.',
    })
  }
  // Most processes find no file. Only the others load the YAML parser.
  const { parseConfigFile } = await import('./parse-config-file.ts')
  return parseConfigFile(text, path, { environment })
}

function refuseForeign(path: string, owner: number): void {
  if (process.getuid === undefined || owner === process.getuid() || owner === 0) return
  throw new BatchQueryError('CONFIG', `${path} belongs to another user (uid ${owner})`, {
    hint: `Read the file. If you trust it, name it: --config ${JSON.stringify(path)}.`,
  })
}

/** Undefined also if a folder of the path is not readable. */
function stat(path: string): { readonly path: string; readonly uid: number } | undefined {
  try {
    return { path, uid: statSync(path).uid }
  } catch {
    return undefined
  }
}
