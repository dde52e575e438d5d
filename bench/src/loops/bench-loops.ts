import { BenchError } from '../bench-error.ts'
import type { Options } from '../options.ts'
import { asText } from '../report/table.ts'
import { buildOf, ownBuild } from './builds.ts'
import { figuresOf, loopsTable } from './compare.ts'
import { LOOPS } from './loops.ts'
import { runLoops } from './run-loops.ts'

const TURNS = 30
/** What the caches of a processor hold: other work on the machine disturbs its memory more than its registers. */
const ANSWER_BYTES = 500_000

/**
 * `npm run bench -- --loops`.
 *
 * @throws BenchError where a loop is slower than that of the other build
 */
export async function benchLoops({ only, rounds, node, against }: Options): Promise<void> {
  const loops = LOOPS.filter(({ id }) => only?.test(id) ?? true)
  if (loops.length === 0)
    throw new BenchError(`no loop is called ${only}, but ${LOOPS.map(({ id }) => id).join(', ')}`)
  const program = node ?? process.execPath
  const builds = [ownBuild(program), ...(against === null ? [] : [await buildOf(against, program)])]
  const samples = await runLoops(loops, builds, { rounds, turns: TURNS, bytes: ANSWER_BYTES })
  const figures = figuresOf(samples)
  const names = builds.map(({ name }) => name)
  process.stdout.write(asText(loopsTable(figures, names)))
  const slower = figures.filter(({ isSlower }) => isSlower).map(({ loop }) => loop)
  if (slower.length > 0) throw new BenchError(`more than 5 % slower than ${against}: ${slower.join(', ')}`)
}
