import { build } from 'esbuild'
import { plainKeys } from './plain-keys.mjs'

/**
 * Bundles programs of packages/batchquery with all that they use.
 *
 * A process that opens hundreds of small files starts late; these open a dozen. What is loaded on demand in the sources
 * (a driver, the SDK, the YAML parser) stays a file of its own, loaded on demand. Nothing is minified, and source maps
 * lead back to the sources, so that stack traces can be read.
 *
 * @param {string} packageFolder
 * @param {Record<string, string>} entryPoints source by name
 * @param {string} outdir its file names change with their content: empty it before
 */
export function bundlePrograms(packageFolder, entryPoints, outdir) {
  return build({
    absWorkingDir: packageFolder,
    entryPoints,
    outdir,
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
}
