import { BenchError } from './bench-error.ts'
import type { Options } from './options.ts'
import { makeLimits } from './process/limits.ts'
import type { Nodes } from './process/node-program.ts'
import { missingPrograms } from './process/programs.ts'
import { QUARTER } from './quarter.ts'
import { allScenarios } from './scenarios/all.ts'
import type { Scenario } from './scenarios/scenario.ts'
import type { Sizes } from './sizes.ts'

export interface Choice {
  readonly scenarios: readonly Scenario[]
  /** The scenarios that cannot be measured on this machine, and why. */
  readonly notes: readonly string[]
}

/** The programs that start and measure everything. */
const ALWAYS = ['time', 'bash', 'mariadb', 'psql']

/**
 * The requested scenarios. Only those that need control groups may be left out, with a note: a machine without
 * control groups is normal, but a missing program is a mistake.
 *
 * @throws BenchError if there is no such scenario, or a program is missing
 */
export async function chooseScenarios(options: Options, nodes: Nodes, sizes: Sizes): Promise<Choice> {
  const all = allScenarios(nodes, sizes)
  const asked = all.filter(({ id }) => options.only?.test(id) ?? true)
  if (asked.length === 0) throw new BenchError(`there is no scenario ${options.only}; --list shows the names`)
  const refusal = asked.some(takesLimits) ? await refusalOfLimits() : null
  const scenarios = asked.filter(scenario => refusal === null || !takesLimits(scenario))
  const missing = await missingPrograms([...ALWAYS, ...scenarios.flatMap(({ programs }) => programs)])
  if (missing.length > 0)
    throw new BenchError(
      `missing: ${missing.join(', ')}. \`node scripts/setup.mjs --bench\` installs them on Debian.`,
    )
  return { scenarios, notes: refusal === null ? [] : [refusal] }
}

const takesLimits = ({ family }: Scenario): boolean => family === 'quarter'

/** Null if this process may create control groups. */
async function refusalOfLimits(): Promise<string | null> {
  try {
    const limits = await makeLimits(`batchquery-bench-${process.pid}-trial`, QUARTER)
    await limits.remove()
    return null
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return `Not measured: the client with a quarter of a core and 512 MB, because control groups cannot be used here (${reason}).`
  }
}
