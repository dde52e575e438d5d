import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { keyOf } from './case.ts'
import { CASES } from './cases/index.ts'
import { PAGE, withMatrix } from './page.ts'
import { type MatrixRecord, readRecord, writeRecord } from './record.ts'
import { runMatrix } from './run-matrix.ts'
import { installed } from './tools/peers.ts'
import { TOOL_NAMES } from './tools/tool.ts'

/*
 * npm run matrix: writes outcomes.json and the table of docs/types.md.
 *
 *   --only batchquery,rivet    some of the tools; the outcomes of the others stay as they are
 *   --case mysql/float         one case; it only prints what it finds
 *   --page                     only the table, from outcomes.json
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: TOOL_NAMES.join(',') },
    case: { type: 'string' },
    page: { type: 'boolean', default: false },
  },
})

const ROOT = join(import.meta.dirname, '../../../..')

async function measureAll(): Promise<void> {
  const tools = TOOL_NAMES.filter(name => values.only.split(',').includes(name))
  execFileSync(process.execPath, ['scripts/setup.mjs', '--witnesses'], {
    cwd: ROOT,
    stdio: 'inherit',
  })
  execFileSync(process.execPath, ['scripts/setup.mjs', '--peers'], { cwd: ROOT, stdio: 'inherit' })
  const packages = await installed('peers')
  if (packages === null)
    throw new Error('no pyarrow and DuckDB: `node scripts/setup.mjs --peers` installs them')
  const record = await runMatrix({
    tools,
    packages,
    cases: CASES.filter(one => values.case === undefined || keyOf(one) === values.case),
    found: (key, tool, outcome) => console.log(`${key} ${tool}: ${outcome}`),
  })
  if (values.case === undefined)
    await writeRecord(tools.length === TOOL_NAMES.length ? record : merged(record))
}

/** The earlier record with the outcomes of the tools that ran. */
function merged({ servers, versions, outcomes }: MatrixRecord): MatrixRecord {
  const earlier = readRecord()
  const entries = Object.entries(outcomes).map(([key, found]) => [
    key,
    { ...earlier.outcomes[key], ...found },
  ])
  return { servers, versions: { ...earlier.versions, ...versions }, outcomes: Object.fromEntries(entries) }
}

if (!values.page) await measureAll()
if (values.case === undefined) await writeFile(PAGE, withMatrix(await readFile(PAGE, 'utf8'), readRecord()))
