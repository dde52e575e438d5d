import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { expect, onTestFinished, test } from 'vitest'

const run = promisify(execFile)

/** A program of two scripts, the second loaded on demand. It prints which of its scripts V8 has compiled again. */
const SCRIPTS = {
  'program-AAAA.js': `
    const wanted = process.argv[2] ?? 'none'
    if (wanted !== 'none') require('./' + wanted + '-BBBB.js')
    console.log(__filename.endsWith('program-AAAA.js'), require('./first-CCCC.js') === require('./first-CCCC.js'))
  `,
  'first-CCCC.js': 'module.exports = { text: "Ünïcödé ☃" }',
  'extra-BBBB.js': 'console.log(require("./first-CCCC.js").text)',
  'failing-BBBB.js': 'throw new Error("it failed")',
}

/** Counts the scripts that are compiled without cached code. */
const OBSERVER = `
  const vm = require('node:vm')
  const compiled = []
  vm.Script = class extends vm.Script {
    constructor(text, options) {
      super(text, options)
      if (this.cachedDataRejected !== false) compiled.push(require('node:path').basename(options.filename))
    }
  }
  process.on('exit', () => console.log('compiled: ' + compiled.join(' ')))
`

async function program() {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-scripts-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(SCRIPTS)) await writeFile(join(folder, name), text)
  await writeFile(join(folder, 'observer.cjs'), OBSERVER)
  await build({
    entryPoints: [join(import.meta.dirname, '../../../src/start/start.ts')],
    outfile: join(folder, 'start.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    define: { PROGRAMS: JSON.stringify({ program: 'program-AAAA.js' }) },
  })
  const command = "require('./start.js').start('program', { verbose: false })"
  await writeFile(join(folder, 'main.cjs'), command)
  const cache = join(folder, 'cache')
  return {
    cache,
    start: async (...args: string[]) => {
      const words = ['-r', './observer.cjs', './main.cjs', ...args]
      const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: cache }
      const { stdout } = await run(process.execPath, words, { cwd: folder, env })
      return stdout
        .split('\n')
        .map(line => line.trim())
        .filter(line => line !== '')
    },
  }
}

test('a program compiles its scripts once, and each later script once more', async () => {
  const { start } = await program()
  expect(await start()).toEqual(['true true', 'compiled: program-AAAA.js first-CCCC.js'])
  expect(await start()).toEqual(['true true', 'compiled:'])
  expect(await start('extra')).toEqual(['Ünïcödé ☃', 'true true', 'compiled: extra-BBBB.js'])
  expect(await start('extra')).toEqual(['Ünïcödé ☃', 'true true', 'compiled:'])
})

test('a program runs without its cached code when that is damaged, and saves it again', async () => {
  const { start, cache } = await program()
  await start()
  const [name = ''] = await readdir(cache)
  const bytes = await readFile(join(cache, name))
  // The header of V8 is in the first bytes of each script's code.
  const spoiled = bytes.fill(0, bytes.indexOf('\n') + 1, bytes.indexOf('\n') + 9)
  await writeFile(join(cache, name), spoiled)
  expect(await start()).toEqual(['true true', 'compiled: program-AAAA.js'])
  expect(await start()).toEqual(['true true', 'compiled:'])
})

test('a program that fails throws its own error', async () => {
  const { start } = await program()
  await expect(start('failing')).rejects.toThrow('it failed')
})
