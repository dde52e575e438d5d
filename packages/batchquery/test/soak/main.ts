import { parseArgs } from 'node:util'
import type { Family } from '../campaign/campaign.ts'
import { newSeed, testSeed } from '../setup/chance.ts'
import { runRandomTests } from './random-tests.ts'
import { runTrials } from './trials.ts'

/*
 * npm run test:soak: with a new seed, the random tests with ten times their inputs, and runs that are killed and disturbed.
 *
 *   --seed N                         repeats a soak, as BATCHQUERY_SEED does
 *   --only tests|trials              one of the two
 *   --cases N                        N times the inputs of each random test
 *   --runs N --slots N               N trials, N at once
 *   --family kill|parallel|signal|database|store --first N   only these; repeats a failed trial: it depends only on the seed and its number
 *   --verbose                        shows the log of each trial with a finding
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    only: { type: 'string' },
    cases: { type: 'string', default: process.env.BATCHQUERY_CASES || '10' },
    runs: { type: 'string', default: '1000' },
    slots: { type: 'string', default: '4' },
    family: { type: 'string' },
    first: { type: 'string', default: '0' },
    verbose: { type: 'boolean', default: false },
  },
})

function oneOf<Name extends string>(option: string, names: readonly Name[], given?: string): Name | null {
  if (given === undefined) return null
  const name = names.find(one => one === given)
  if (name === undefined) throw new Error(`--${option} is ${given}, and not one of ${names.join(', ')}`)
  return name
}

const only = oneOf('only', ['tests', 'trials'], values.only)
const family = oneOf<Family>('family', ['kill', 'parallel', 'signal', 'database', 'store'], values.family)
const [runs = 0, slots = 0, first = 0] = [values.runs, values.slots, values.first].map(Number)

// The processes of the random tests inherit both.
process.env.BATCHQUERY_SEED = values.seed ?? (process.env.BATCHQUERY_SEED || String(newSeed()))
process.env.BATCHQUERY_CASES = values.cases

const seed = testSeed()
console.log(`seed ${seed}`)
const passed = [
  only === 'trials' || (await runRandomTests()),
  only === 'tests' || (await runTrials({ seed, runs, slots, family, first, verbose: values.verbose })),
]
console.log(`seed ${seed}: ${passed.every(Boolean) ? 'all is well' : 'something is wrong'}`)
if (!passed.every(Boolean)) process.exitCode = 1
