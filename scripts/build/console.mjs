// Bundles the page of `batchquery ui` into dist/programs/console: one script, one style sheet and the document. Part of `npm run build`.
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

/**
 * The page loads nothing else, so it works without the internet and under a strict Content-Security-Policy.
 *
 * @param {string} packageFolder
 * @param {string} programs the folder of the bundles
 * @returns {Promise<import('esbuild').Metafile>}
 */
export async function bundlePage(packageFolder, programs) {
  const page = join(packageFolder, 'src/console/page')
  const outdir = join(programs, 'console')
  await mkdir(outdir, { recursive: true })
  const { metafile } = await build({
    absWorkingDir: packageFolder,
    entryPoints: { page: join(page, 'main.tsx'), style: join(page, 'page.css') },
    outdir,
    bundle: true,
    format: 'esm',
    target: ['es2022'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    // A browser downloads it each time, and people read its sources here.
    minify: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  })
  await copyFile(join(page, 'index.html'), join(outdir, 'index.html'))
  return metafile
}
