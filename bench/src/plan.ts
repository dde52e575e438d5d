import type { Scenario, Share } from './scenarios/scenario.ts'

/** One measurement of the plan. */
export interface Step {
  readonly round: number
  readonly scenario: Scenario
  /** The name of a subject, with the dialect. */
  readonly subject: string
}

/** Enough for a median. */
const SOME_ROUNDS = 3

/**
 * The order of the measurements: subject by subject, and for each subject round by round all scenarios in turn, so
 * that a change on the machine affects all of them alike.
 */
export function planSteps(scenarios: readonly Scenario[], rounds: number): readonly Step[] {
  const subjects = new Set(scenarios.flatMap(subjectsOf))
  return [...subjects].flatMap(subject => {
    const taking = scenarios.filter(scenario => subjectsOf(scenario).includes(subject))
    return roundsUpTo(rounds).flatMap(round =>
      taking
        .filter(scenario => round <= roundsOf(scenario.share, rounds))
        .map(scenario => ({ round, scenario, subject })),
    )
  })
}

/** DuckDB and PostgreSQL have their own tables. All other scenarios use MariaDB's. */
export function subjectsOf({ family, subjects }: Scenario): readonly string[] {
  const dialect = family === 'postgres' || family === 'duckdb' ? family : 'mysql'
  return subjects.map(subject => `${dialect}/${subject}`)
}

function roundsOf(share: Share, rounds: number): number {
  switch (share) {
    case 'every round':
      return rounds
    case 'some rounds':
      return Math.min(SOME_ROUNDS, rounds)
    case 'one round':
      return 1
  }
}

const roundsUpTo = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at + 1)
