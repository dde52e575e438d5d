import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The folder itself, or its nearest parent that exists. */
export async function nearestFolder(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const found = await stat(at).catch(() => null)
    if (found !== null || at === dirname(at)) return at
  }
}

/** The missing folders of `path`, itself included, deepest first. */
export async function missingFolders(path: string): Promise<readonly string[]> {
  const nearest = await nearestFolder(path)
  const missing: string[] = []
  for (let at = path; at !== nearest; at = dirname(at)) missing.push(at)
  return missing
}
