import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { build } from 'esbuild'
import { GOLDEN, PACKAGE, PACKED_PROGRAM } from './old-program.ts'

/*
 * Packs the program of this checkout as golden/program.json.br. It was run when version 1 was the layout of the store; run now, it
 * would pack a program that is not the old one.
 *
 *     npx tsx packages/batchquery/test/version-1/make-program.ts
 *
 * The dependencies stay outside: those that are installed are used.
 */
const outdir = join(PACKAGE, 'dist/programs')
const { outputFiles } = await build({
  absWorkingDir: PACKAGE,
  entryPoints: {
    batchquery: 'src/cli/main.ts',
    'batchquery-task': 'src/task/main.ts',
    runner: 'test/campaign/runner.ts',
    driver: 'test/version-1/driver.ts',
  },
  outdir,
  write: false,
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  chunkNames: '[hash]',
  logLevel: 'warning',
})

const files = new Map(outputFiles.map(({ path, text }) => [relative(PACKAGE, path), text]))
for (const path of ['bin/batchquery.js', 'bin/batchquery-task.js'])
  files.set(path, await readFile(join(PACKAGE, path), 'utf8'))
const { name, version, type } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8'))
files.set('package.json', JSON.stringify({ name, version, type }))

const packed = JSON.stringify(Object.fromEntries(files))
const compressed = brotliCompressSync(packed, {
  params: { [constants.BROTLI_PARAM_SIZE_HINT]: packed.length, [constants.BROTLI_PARAM_LGWIN]: 24 },
})
await mkdir(GOLDEN, { recursive: true })
await writeFile(PACKED_PROGRAM, compressed)
console.log(`${files.size} files, ${packed.length} bytes, ${compressed.length} of them packed`)
