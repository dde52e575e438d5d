import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { runQuietly, say } from './step.mjs'

/** Installs the npm packages of a folder if its node_modules differs from its package-lock.json. */
export async function prepareNodePackages(root) {
  if (await isInstalled(root)) return
  say(`installing the npm packages of ${relative(process.cwd(), join(root, 'package-lock.json'))}`)
  await runQuietly({
    command: 'npm',
    args: ['ci'],
    cwd: root,
    what: 'installing the npm packages',
    byHand: 'npm ci',
  })
}

// npm records the installed packages in node_modules/.package-lock.json, in the format of package-lock.json.
async function isInstalled(root) {
  const wanted = await readLock(join(root, 'package-lock.json'))
  const installed = await readLock(join(root, 'node_modules', '.package-lock.json'))
  return Object.entries(wanted)
    .filter(([path]) => path.startsWith('node_modules/') || path.includes('/node_modules/'))
    .every(([path, entry]) => isSame(entry, installed[path]))
}

async function readLock(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8')).packages
  } catch (error) {
    if (error.code === 'ENOENT') return {}
    throw error
  }
}

// npm leaves out optional packages for other platforms.
function isSame(wanted, installed) {
  if (installed === undefined) return wanted.optional === true
  return wanted.version === installed.version && wanted.integrity === installed.integrity
}
