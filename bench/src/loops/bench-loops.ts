import { BenchError } from '../bench-error.ts'
import type { Options } from '../options.ts'
import { asText } from '../report/table.ts'
import { buildOf, ownBuild } from './builds.ts'
import { figuresOf, loopsTable } from './compare.ts'
import { LOOPS } from './loops.ts'
import { runLoops } from './run-loops.ts'

const TURNS = 30
/** Small enough for the caches of a processor: other work on the machine affects memory more than caches. */
const ANSWER_BYTES = 500_000

/**
 * `npm run bench -- --loops`.
 *
 * @throws BenchError if a loop is slower than that of the other build
 */
export async function benchLoops({ only, rounds, node, against }: Options): Promise<void> {
  const loops = LOOPS.filter(({ id }) => only?.test(id) ?? true)
  if (loops.length === 0)
    throw new BenchError(
      `id).join(', ')} => there is no loop ${only}. There are ${LOOPS.map(({ id }) => id).join(', ')} => id).join(', ')}`,
    )
  const program = node ?? process.execPath
  const builds = [ownBuild(program), ...(against === null ? [] : [await buildOf(against, program)])]
  const samples = await runLoops(loops, builds, { rounds, turns: TURNS, bytes: ANSWER_BYTES })
  const figures = figuresOf(samples)
  const names = builds.map(({ name }) => name)
  process.stdout.write(asText(loopsTable(figures, names)))
  const slower = figures.filter(({ isSlower }) => isSlower).map(({ loop }) => loop)
  if (slower.length > 0) throw new BenchError(`more than 5 % slower than ${against}: ${slower.join(', ')}`)
}
