import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'
import { plainKeys, plainLong } from './lean-dependencies.mjs'

/** @type {import('esbuild').BuildOptions} */
const COMMON = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  sourcesContent: false,
  logLevel: 'warning',
}

/**
 * Bundles programs of packages/batchquery with everything that they use, as CommonJS modules, because V8 can cache
 * their compiled code. Adds `start.js` (src/start/), whose `start(NAME)` runs one of them.
 *
 * A process that opens hundreds of small files starts slowly. These programs open about twelve. Code that the sources
 * load on demand (a driver, the SDK, the YAML parser) stays a separate file, loaded on demand. Nothing is minified,
 * and source maps lead back to the sources, so stack traces are readable. The name of each file contains a hash of
 * its content and of the files that it loads: two programs whose files have the same name have the same code.
 *
 * @param {string} packageFolder
 * @param {Record<string, string>} entryPoints source by name
 * @param {string} outdir must be empty
 * @returns {Promise<{ metafile: import('esbuild').Metafile, files: Record<string, string> }>} files: of the programs,
 *   by name
 */
export async function bundlePrograms(packageFolder, entryPoints, outdir) {
  // Only ES modules can share code that is loaded on demand. Afterwards each becomes a CommonJS module.
  const { outputFiles, metafile } = await build({
    ...COMMON,
    absWorkingDir: packageFolder,
    entryPoints,
    outdir,
    splitting: true,
    format: 'esm',
    // ES modules allow esbuild to leave out unused exports.
    mainFields: ['module', 'main'],
    plugins: [plainKeys, plainLong],
    // Native code cannot be bundled.
    external: ['@duckdb/node-api', 'esbuild'],
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    metafile: true,
    write: false,
    sourcemap: 'inline',
    define: { 'import.meta.url': 'programUrl' },
    inject: [fileURLToPath(new URL('program-url.js', import.meta.url))],
  })
  await mkdir(outdir, { recursive: true })
  await writeFile(join(outdir, 'package.json'), '{ "type": "commonjs" }\n')
  for (const { path, text } of outputFiles) await writeScript(path, text)
  const files = Object.fromEntries(
    Object.entries(entryPoints).map(([name, source]) => [name, fileOf(source, packageFolder, metafile)]),
  )
  await build({
    ...COMMON,
    absWorkingDir: packageFolder,
    entryPoints: ['src/start/start.ts'],
    outdir,
    format: 'cjs',
    define: { PROGRAMS: JSON.stringify(files) },
  })
  return { metafile, files }
}

async function writeScript(path, module) {
  const { code, map } = await transform(module, {
    format: 'cjs',
    platform: 'node',
    target: COMMON.target,
    // Code that is loaded on demand is required as well.
    supported: { 'dynamic-import': false },
    sourcemap: 'external',
    // Not the whole path, which would name a folder of this machine.
    sourcefile: basename(path),
    sourcesContent: false,
  })
  await writeFile(path, `${code}//# sourceMappingURL=${basename(path)}.map\n`)
  await writeFile(`${path}.map`, map)
}

function fileOf(source, packageFolder, { outputs }) {
  const wanted = relative(packageFolder, resolve(packageFolder, source))
  const [path] = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === wanted) ?? []
  if (path === undefined) throw new Error(`esbuild made nothing of ${source}`)
  return basename(path)
}
