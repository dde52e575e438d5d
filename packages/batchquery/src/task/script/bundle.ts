import { writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join, relative } from 'node:path'
import type { Message } from 'esbuild'
import { BatchQueryError } from '../../errors/index.ts'
import { unlessAborted } from '../../platform/index.ts'
import { cannotWrite } from './work-folder.ts'

const SHOWN_ERRORS = 5

/** Bundled CommonJS modules load Node's own modules with `require`. */
const BANNER =
  "import { createRequire as requireOf } from 'node:module';const require = requireOf(import.meta.url);"

/**
 * Bundles a script in TypeScript or JavaScript with its imports into one module in the same folder, so `import.meta.url` still names that
 * folder. It removes types without checking them, in the same way on every version of Node.
 *
 * @param folder the folder of the task; messages name files relative to it
 * @param entry the path of the script in the folder
 * @param signal ends the bundling; after the promise has rejected, nothing more is written to the folder
 * @returns the bundle's path
 * @throws TASK_INVALID with the file, line and column of each error; CONFIG if esbuild cannot be loaded; the reason of the signal
 */
export async function bundleScript(folder: string, entry: string, signal: AbortSignal): Promise<string> {
  const { build, stop } = await loadEsbuild()
  const name = `${basename(entry, extname(entry))}.bundle-${process.pid}.mjs`
  const outfile = join(folder, dirname(entry), name)
  try {
    // If esbuild is stopped, the promise of a running build never resolves.
    const { errors, outputFiles } = await unlessAborted(signal, () =>
      build({
        absWorkingDir: folder,
        entryPoints: [join(folder, entry)],
        outfile,
        // The runner writes the file, because esbuild's process may still write while it ends.
        write: false,
        bundle: true,
        format: 'esm',
        platform: 'node',
        target: `node${process.versions.node}`,
        external: ['batchquery', 'batchquery/*'],
        banner: { js: BANNER },
        sourcemap: 'inline',
        // Ignores a tsconfig.json in a folder above, so that a script behaves the same everywhere.
        tsconfigRaw: '{}',
        logLevel: 'silent',
      }).catch(asFailure),
    )
    if (errors.length > 0) throw invalid(errors)
    for (const { path, contents } of outputFiles) await writeFile(path, contents).catch(notWritten)
    return outfile
  } catch (thrown) {
    // Ctrl-C reaches esbuild too.
    signal.throwIfAborted()
    throw thrown
  } finally {
    // esbuild's own process runs until it is stopped.
    await stop()
  }
}

async function loadEsbuild(): Promise<typeof import('esbuild')> {
  try {
    return await import('esbuild')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new BatchQueryError('CONFIG', `cannot load esbuild, which bundles TypeScript tasks: ${why}`, {
      cause,
      hint: 'Install it with "npm install esbuild", without omitting optional dependencies.',
    })
  }
}

/** esbuild throws an error that contains its messages. */
function asFailure(thrown: unknown) {
  if (thrown instanceof Error && 'errors' in thrown && isMessages(thrown.errors))
    return { errors: thrown.errors, outputFiles: [] }
  throw new BatchQueryError('NO_CAPACITY', `esbuild ended while it bundled the script: ${String(thrown)}`, {
    cause: thrown,
    hint: 'Check whether the machine has run out of memory or processes.',
  })
}

function notWritten(cause: unknown): never {
  throw cannotWrite(cause)
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
  return new BatchQueryError('TASK_INVALID', `cannot read the script: ${[...shown, ...more].join('\n')}`, {
    hint: isMissing
      ? "Put the files of a task into a folder with an index. Bundle each package that the script needs into it, or put the package into the folder. `batchquery` and Node's own modules are available."
      : 'Correct the script, then run it again.',
  })
}
