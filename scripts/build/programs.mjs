// Bundles the two programs of packages/batchquery into dist/programs, after tsc has compiled the library. Part of
// `npm run build`.
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundlePrograms } from './bundle.mjs'
import { thirdPartyNotices } from './third-party.mjs'

const packageFolder = fileURLToPath(new URL('../../packages/batchquery', import.meta.url))
const programs = join(packageFolder, 'dist', 'programs')

// The names of the files change with their content, so files of an earlier build must go.
await rm(programs, { recursive: true, force: true })
const entries = { batchquery: 'src/cli/main.ts', 'batchquery-task': 'src/task/main.ts' }
const { metafile } = await bundlePrograms(packageFolder, entries, programs)
await writeFile(join(programs, 'THIRD-PARTY-NOTICES.txt'), await thirdPartyNotices(metafile, packageFolder))
