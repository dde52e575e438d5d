import type { RunRecord } from '../../src/run/index.ts'
import { Dice } from './dice.ts'
import type { Death } from './mortal.ts'
import type { Link } from './network.ts'
import { DIALECTS, PARTS, SHAPES } from './shapes.ts'
import type { Stage, StageOptions } from './stage.ts'
import type { Trial } from './trial.ts'

const LINKS: readonly (Link | null)[] = [null, 'http']

/** SIGTERM at a random point: the runner must end by itself and leave nothing. */
export function signalTrial(seed: number, number: number): Trial {
  const dice = new Dice(seed, number, 5)
  const dialect = DIALECTS[number % DIALECTS.length] ?? 'mysql'
  const link = LINKS[Math.floor(number / DIALECTS.length) % LINKS.length] ?? null
  const [isTimed, fraction, when] = [
    dice.chance(0.3),
    dice.fraction(),
    dice.pick(['before', 'after'] as const),
  ]
  const stage = { dialect, link, shape: dice.pick(SHAPES) }
  const where = `at ${(100 * fraction).toFixed(1)} % of its ${isTimed ? 'time' : 'operations'}`
  return signalled(`signal-${seed}-${number}`, `${number}: `, where, stage, async (stage, measure) => {
    const { ms, operations } = await measure()
    if (!isTimed) return term(stage, { operation: Math.floor(fraction * operations.length), when })
    const started = stage.run()
    setTimeout(() => started.kill('SIGTERM'), fraction * ms)
    return started
  })
}

const term = (stage: Stage, death: Death) => stage.run({ kill: { ...death, signal: 'SIGTERM' } })

/** The operations that lead to the next phase, between the phases in which other tests end a run. */
const PLACED: readonly (readonly [where: string, Omit<StageOptions, 'shape'>, name: string, key: string])[] =
  [
    ['before its claim', { dialect: 'duckdb', link: null }, 'create', '/attempt-0001'],
    ['before it stages', { dialect: 'postgres', link: null }, 'stage', '.part_00000'],
    ['when all is staged', { dialect: 'mysql', link: 'http' }, 'create', '/staged.json'],
    ['when it begins to commit', { dialect: 'duckdb', link: 'http' }, 'create', '/committing.json'],
  ]

/** The signals of `npm test`. */
export const signalSample = (): readonly Trial[] =>
  PLACED.map(([where, stage, name, key], number) =>
    signalled(`signal-placed-${number}`, '', where, { ...stage, shape: PARTS }, stage =>
      term(stage, { operation: { name, key }, when: 'before' }),
    ),
  )

function signalled(
  name: string,
  number: string,
  where: string,
  stage: StageOptions,
  begin: Trial['begin'],
): Trial {
  const { dialect, link, shape } = stage
  const to = link === null ? 'a directory' : `S3 over ${link}`
  return {
    name,
    title: `${number}${dialect} to ${to}, ${shape.name}: SIGTERM ${where}`,
    family: 'signal',
    stage,
    moreKills: [],
    goOn: 'nothing',
    begin,
    refuse,
  }
}

/** Before the runner handles signals and has claimed the run, a signal just ends the process. */
function refuse(record: RunRecord | null): string | null {
  if (record === null) return null
  const { state, error, warnings } = record
  if (warnings.length > 0) return `it has warnings: ${warnings.join('; ')}`
  if (state === 'SUCCEEDED' || error?.code === 'TERMINATED') return null
  return `after SIGTERM, it is ${state} ${error?.code ?? ''}`
}
