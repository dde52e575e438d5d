import { basename, dirname, extname, join, relative } from 'node:path'
import type { Message } from 'esbuild'
import { BatchQueryError } from '../../errors/index.ts'
import { cannotWrite } from './work-folder.ts'

const SHOWN_ERRORS = 5

/** CommonJS modules among what is bundled ask for Node's own by `require`. */
const BANNER =
  "import { createRequire as requireOf } from 'node:module';const require = requireOf(import.meta.url);"

/**
 * Makes one module of a script in TypeScript or JavaScript and of what it imports, beside it: `import.meta.url` names
 * the folder of the script as it did before. Types are stripped, not checked; the same on every version of Node.
 *
 * @param folder of the task: messages name files from here
 * @param entry the script, from there
 * @returns the bundle's path
 * @throws TASK_INVALID with file, line and column of what is wrong; CONFIG where esbuild cannot be loaded
 */
export async function bundleScript(folder: string, entry: string): Promise<string> {
  const { build, stop } = await loadEsbuild()
  const name = `${basename(entry, extname(entry))}.bundle-${process.pid}.mjs`
  const outfile = join(folder, dirname(entry), name)
  try {
    const { errors } = await build({
      absWorkingDir: folder,
      entryPoints: [join(folder, entry)],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: `node${process.versions.node}`,
      external: ['batchquery', 'batchquery/*'],
      banner: { js: BANNER },
      sourcemap: 'inline',
      // Whatever tsconfig.json stands in a folder above: the same everywhere.
      tsconfigRaw: '{}',
      logLevel: 'silent',
    }).catch(asFailure)
    if (errors.length > 0) throw invalid(errors)
    return outfile
  } finally {
    // A process of its own that would stay.
    await stop()
  }
}

async function loadEsbuild(): Promise<typeof import('esbuild')> {
  try {
    return await import('esbuild')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new BatchQueryError('CONFIG', `esbuild, which bundles TypeScript tasks, cannot be loaded: ${why}`, {
      cause,
      hint: 'Install it with "npm install esbuild", without leaving out optional dependencies.',
    })
  }
}

/** esbuild throws what it found together with its stack. */
function asFailure(thrown: unknown): { readonly errors: readonly Message[] } {
  if (thrown instanceof Error && 'errors' in thrown && isMessages(thrown.errors))
    return { errors: thrown.errors }
  throw cannotWrite(thrown)
}

const isMessages = (value: unknown): value is Message[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every(one => typeof one === 'object' && one !== null && 'text' in one)

function invalid(errors: readonly Message[]): BatchQueryError {
  const shown = errors.slice(0, SHOWN_ERRORS).map(({ text, location }) => {
    const where =
      location === null ? '' : `${relative('.', location.file)}:${location.line}:${location.column + 1}: `
    return `${where}${text}`
  })
  const more = errors.length > shown.length ? [`and ${errors.length - shown.length} more`] : []
  const isMissing = errors.some(({ text }) => text.startsWith('Could not resolve'))
  return new BatchQueryError('TASK_INVALID', `the script cannot be read: ${[...shown, ...more].join('\n')}`, {
    hint: isMissing
      ? "A task of several files is a folder with an index; a package that it needs is bundled into it, or stands in it. `batchquery` and Node's own modules are there."
      : 'Correct the script, then run it again.',
  })
}
