// Bundles the programs and the library of packages/batchquery into dist/programs, after tsc has compiled the sources.
// Part of `npm run build`.
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { dts } from 'rolldown-plugin-dts'
import { bundlePrograms } from './bundle.mjs'
import { bundlePage } from './console.mjs'
import { thirdPartyNotices } from './third-party.mjs'

const LIBRARY = 'src/index.ts'
const packageFolder = fileURLToPath(new URL('../../packages/batchquery', import.meta.url))
const programs = join(packageFolder, 'dist', 'programs')

// The names of the files change with their content, so files of an earlier build must go.
await rm(programs, { recursive: true, force: true })
const entries = {
  batchquery: 'src/cli/main.ts',
  'batchquery-task': 'src/task/main.ts',
  'batchquery-reader': 'src/reader/main.ts',
  library: LIBRARY,
}
const { metafile, files } = await bundlePrograms(packageFolder, entries, programs)
const page = await bundlePage(packageFolder, programs)
await writeFile(
  join(programs, 'THIRD-PARTY-NOTICES.txt'),
  await thirdPartyNotices([metafile, page], packageFolder),
)
await writeLibraryModule()
await writeLibraryTypes()

/** `import ... from 'batchquery'` loads this ES module, whose name is always the same. */
async function writeLibraryModule() {
  const { exports } = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint === LIBRARY)
  const text = `export { ${exports.join(', ')} } from './${files.library}'\n`
  await writeFile(join(programs, 'library.mjs'), text)
}

/** Writes the types of the library as one file that needs no other package. */
async function writeLibraryTypes() {
  const types = await rolldown({
    input: { library: join(packageFolder, 'dist', 'index.d.ts') },
    plugins: [dts({ dtsInput: true, tsconfig: false, resolve: ['valibot'] })],
    external: /^(node:|@aws-sdk\/)/,
  })
  await types.write({ dir: programs, entryFileNames: 'library.d.mts' })
  await types.close()
}
