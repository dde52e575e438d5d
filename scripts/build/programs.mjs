// Bundles the two programs of packages/batchquery into dist/programs, after tsc has compiled the library: a part of
// `npm run build`.
//
// A process that opens hundreds of small files starts late; these open a dozen. What is loaded on demand in the sources
// (a driver, the SDK, the YAML parser) stays a file of its own, loaded on demand. Nothing is minified, and source maps
// lead back to the sources, so that stack traces can be read.
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { plainKeys } from './plain-keys.mjs'
import { thirdPartyNotices } from './third-party.mjs'

const packageFolder = fileURLToPath(new URL('../../packages/batchquery', import.meta.url))
const programs = join(packageFolder, 'dist', 'programs')

// The names of the files change with their content: none may stay of an earlier build.
await rm(programs, { recursive: true, force: true })
const { metafile, warnings } = await build({
  absWorkingDir: packageFolder,
  entryPoints: { batchquery: 'src/cli/main.ts', 'batchquery-task': 'src/task/main.ts' },
  outdir: programs,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // What ES modules do not use of each other can be left out.
  mainFields: ['module', 'main'],
  plugins: [plainKeys],
  // Native code cannot be bundled.
  external: ['@duckdb/node-api', 'esbuild'],
  // For the CommonJS modules among the dependencies.
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'\nconst require = requireOf(import.meta.url)",
  },
  chunkNames: '[name]-[hash]',
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
})
await writeFile(join(programs, 'THIRD-PARTY-NOTICES.txt'), await thirdPartyNotices(metafile, packageFolder))
if (warnings.length > 0) process.exitCode = 1
