import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const VITEST = join(ROOT, '../../node_modules/vitest/vitest.mjs')

/**
 * Runs the tests with random inputs, with the seed and the number of cases of the environment. Resolves to whether
 * all passed.
 */
export async function runRandomTests(): Promise<boolean> {
  const sources = await sourcesOfChance()
  const args = ['related', '--run', '--root', ROOT, '--testTimeout=0', '--passWithNoTests=false', ...sources]
  const tests = spawn(process.execPath, [VITEST, ...args], { cwd: ROOT, stdio: 'inherit' })
  const [code] = await once(tests, 'exit')
  return code === 0
}

/**
 * The tests, and their shared code, that take their inputs from fast-check. Leaves out setup files, because all tests
 * are related to them.
 */
async function sourcesOfChance(): Promise<string[]> {
  const files = await readdir(join(ROOT, 'test'), { recursive: true })
  const sources = files.filter(file => file.endsWith('.ts') && !file.startsWith('setup/'))
  const random = await Promise.all(
    sources.map(async file => {
      const path = join(ROOT, 'test', file)
      return /^import fc from 'fast-check'$/m.test(await readFile(path, 'utf8')) ? [path] : []
    }),
  )
  return random.flat()
}
