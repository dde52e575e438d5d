import { shown, type Table } from '../report/table.ts'
import { median, quotient } from '../statistics.ts'
import type { LoopSample } from './run-loops.ts'

/** The limit of a loop's time as a multiple of the other build's. */
const MOST_RATIO = 1.05

/** The figures of one loop over all rounds. */
export interface LoopFigures {
  readonly loop: string
  /** CPU seconds per gigabyte that is read, by build. */
  readonly perGigabyte: readonly (number | null)[]
  /** The CPU time of the first build divided by that of the second. Null if there is only one build. */
  readonly ratio: number | null
  readonly isSlower: boolean
}

export function figuresOf(samples: readonly LoopSample[]): readonly LoopFigures[] {
  const loops = [...new Set(samples.map(({ loop }) => loop))]
  return loops.map(loop => {
    const rounds = samples.filter(sample => sample.loop === loop)
    const builds = rounds[0]?.cpuSeconds.keys() ?? []
    const perGigabyte = [...builds].map(build => median(rounds.flatMap(round => speedsOf(round, build))))
    const ratio = median(rounds.flatMap(ratioOf))
    return { loop, perGigabyte, ratio, isSlower: ratio !== null && ratio > MOST_RATIO }
  })
}

const speedsOf = ({ cpuSeconds, readBytes }: LoopSample, build: number): number[] =>
  (cpuSeconds[build] ?? []).map(seconds => seconds / (readBytes / 1e9))

/**
 * The median over the turns of a round. Each turn is compared with the other build's turn next to it, so a temporary
 * slowdown of the machine affects both.
 */
function ratioOf({ cpuSeconds: [own, other] }: LoopSample): number[] {
  const ratios = (own ?? []).flatMap((seconds, turn) => quotient(seconds, other?.[turn] ?? null) ?? [])
  return [median(ratios) ?? []].flat()
}

/** @param names of the builds */
export function loopsTable(figures: readonly LoopFigures[], names: readonly string[]): Table {
  const hasRatio = names.length > 1
  return {
    title: 'CPU seconds for a gigabyte that is read',
    head: ['loop', ...names, ...(hasRatio ? ['ratio'] : [])],
    rows: figures.map(({ loop, perGigabyte, ratio, isSlower }) => [
      loop,
      ...perGigabyte.map(seconds => shown(seconds, 3)),
      ...(hasRatio ? [`${shown(ratio, 3)}${isSlower ? ' SLOWER' : ''}`] : []),
    ]),
  }
}
