import { duringSilence, killed, refuseAfterKill, type Victim } from './kills.ts'
import type { Death } from './mortal.ts'
import type { Link } from './network.ts'
import { REQUESTS, type RequestKind } from './requests.ts'
import {
  ANY_MOMENT,
  FOLLOWED,
  ONE_MOMENT,
  PARTITIONED,
  PARTS,
  type Shape,
  SOME_PARTITIONS,
  silent,
} from './shapes.ts'
import type { Stage } from './stage.ts'
import type { Dialect } from './subject.ts'
import type { GoOn, Trial } from './trial.ts'

/** Prepares the kill. */
type Arm = (stage: Stage, kill: () => void) => void

interface PlacedKill {
  readonly what: string
  readonly dialect: Dialect
  readonly link: Link | null
  /** @default - parts */
  readonly shape?: Shape
  /** The operation at which the runner kills itself, or another way to kill it or another victim. */
  readonly kill: Death | { readonly victim: Victim; readonly arm: Arm; readonly isMachineLost: boolean }
  readonly moreKills?: readonly Death[]
  readonly goOn: GoOn
  readonly says?: RegExp
}

const before = (name: string, key: string): Death => ({ operation: { name, key }, when: 'before' })
const after = (name: string, key: string): Death => ({ operation: { name, key }, when: 'after' })

/** All rows have four times as many bytes. */
const DURING_ROWS: Arm = ({ network }, call) =>
  network.database?.fail({ direction: 'to client', at: { byte: 600_000 }, fault: { kind: 'call', call } })

const atRequest =
  (kind: RequestKind): Arm =>
  ({ network }, call) =>
    network.requests?.fail({ ...REQUESTS[kind], nth: [1], fault: { kind: 'call', call, when: 'before' } })

/**
 * The kills of `npm test`: one in every stretch of a run. Each waits for an operation, a byte, a request or a statement, and
 * none for a time, so that they hit the same stretch even on a busy machine.
 */
const KILLS: readonly PlacedKill[] = [
  {
    ...{ what: 'before it creates its record', dialect: 'mysql', link: null },
    ...{ kill: before('create', '/run.json'), goOn: 'rerun' },
  },
  {
    ...{ what: 'after its claim', dialect: 'postgres', link: 'tls' },
    ...{ kill: after('create', '/attempt-0001'), goOn: 'reap by command line' },
  },
  {
    ...{ what: 'before it stages', dialect: 'mysql', link: 'http' },
    ...{ kill: before('stage', '.part_00000'), goOn: 'reap by command line' },
  },
  {
    ...{ what: 'during the rows, with its machine', dialect: 'mysql', link: 'https' },
    kill: { victim: 'runner', arm: DURING_ROWS, isMachineLost: true },
    goOn: 'rerun',
  },
  {
    ...{ what: 'during a silent statement, with its machine', dialect: 'postgres', link: null },
    shape: silent(120),
    kill: { victim: 'runner', arm: duringSilence, isMachineLost: true },
    goOn: 'reap by command line',
  },
  {
    ...{ what: 'during a silent statement', dialect: 'duckdb', link: null },
    shape: silent(120),
    kill: { victim: 'runner', arm: duringSilence, isMachineLost: false },
    goOn: 'reap by command line',
  },
  {
    ...{ what: 'after a part is staged', dialect: 'duckdb', link: 'http' },
    ...{ kill: after('finish', '.part_00000'), goOn: 'reap by command line' },
  },
  {
    ...{ what: 'after all is staged', dialect: 'postgres', link: 'http' },
    ...{ kill: after('create', '/staged.json'), goOn: 'rerun' },
    moreKills: [before('create', '/committing.json')],
  },
  {
    ...{ what: 'during the commits', dialect: 'duckdb', link: 'https', shape: FOLLOWED },
    ...{ kill: after('commit', '.part_00001'), goOn: 'reap by command line' },
  },
  {
    ...{ what: 'during the commits of partitions', dialect: 'mysql', link: null, shape: PARTITIONED },
    ...{ kill: after('commit', '/bin=1/part_00000'), goOn: 'reap' },
  },
  {
    ...{ what: 'while it removes a partition', dialect: 'postgres', link: 'http', shape: PARTITIONED },
    ...{ kill: after('delete', '/bin=3/part_00007'), goOn: 'rerun' },
  },
  {
    ...{ what: 'after it replaced some partitions', dialect: 'duckdb', link: 'http', shape: SOME_PARTITIONS },
    ...{ kill: after('delete', '/bin=2/part_00018'), goOn: 'reap by command line' },
  },
  {
    ...{ what: 'while it stages partitions', dialect: 'duckdb', link: null, shape: SOME_PARTITIONS },
    ...{ kill: after('finish', '/bin=1/part_00000'), goOn: 'reap by command line' },
  },
  {
    ...{ what: 'after its publication', dialect: 'mysql', link: null },
    ...{ kill: after('create', '/published.json'), goOn: 'reap' },
    moreKills: [after('create', '/attempt-0002')],
  },
  {
    ...{ what: 'while its runner completes an upload', dialect: 'postgres', link: 'http' },
    kill: { victim: 'command line', arm: atRequest('complete an upload'), isMachineLost: false },
    goOn: 'rerun',
  },
  {
    ...{ what: 'during the rows, with its runner', dialect: 'mysql', link: null },
    kill: { victim: 'command line and runner', arm: DURING_ROWS, isMachineLost: false },
    goOn: 'reap by command line',
  },
]

/** When the eighth range is read, each of the two other readers has one that came before it. So at least six are kept. */
const KEPT = /([6-9]|1\d) of \d+ ranges were read by an earlier attempt, and stay/
const STARTS_OVER = /this one starts over, because the moment that its sessions shared ended with it/

/** The kills of exports that several sessions read. */
const PARALLEL_KILLS: readonly PlacedKill[] = (['mysql', 'postgres'] as const).flatMap(dialect =>
  ([null, 'http'] as const).flatMap((link): PlacedKill[] => [
    {
      ...{ what: 'after some ranges', dialect, link, shape: ANY_MOMENT },
      ...{ kill: after('create', '/range-00700.json'), goOn: 'rerun', says: KEPT },
    },
    {
      ...{ what: 'after some ranges', dialect, link, shape: ANY_MOMENT },
      ...{ kill: after('create', '/range-00300.json'), goOn: 'reap' },
    },
    {
      ...{ what: 'before the parts of all ranges are committed', dialect, link, shape: ANY_MOMENT },
      ...{ kill: after('create', '/range-00300.json'), goOn: 'rerun' },
      moreKills: [after('commit', '.part_00100_00000')],
    },
    {
      ...{ what: 'during the rows of one moment', dialect, link, shape: ONE_MOMENT },
      kill: { victim: 'runner', arm: DURING_ROWS, isMachineLost: false },
      ...{ goOn: 'rerun', says: STARTS_OVER },
    },
    {
      ...{ what: 'before it stages one moment', dialect, link, shape: ONE_MOMENT },
      ...{ kill: before('create', '/staged.json'), goOn: 'reap by command line' },
    },
  ]),
)

export const parallelSample = (): readonly Trial[] =>
  PARALLEL_KILLS.map(trialOf).map((trial, number) => ({ ...trial, name: `parallel-${number}` }))

export const killSample = (): readonly Trial[] => KILLS.map(trialOf)

function trialOf(placed: PlacedKill, number: number): Trial {
  const { what, dialect, link, kill, goOn, moreKills = [] } = placed
  const shape = placed.shape ?? PARTS
  const victim = 'victim' in kill ? kill.victim : 'runner'
  const where = `${dialect} to ${link === null ? 'a directory' : `S3 over ${link}`}`
  return {
    name: `placed-${number}`,
    title: `${where}: ${victim} killed ${what}, then ${goOn}${moreKills.length > 0 ? ', which is killed too' : ''}`,
    family: 'kill',
    stage: { dialect, link, shape },
    moreKills,
    goOn,
    ...(placed.says && { says: placed.says }),
    begin: stage =>
      'victim' in kill ? killed(stage, kill.victim, kill.isMachineLost, kill.arm) : stage.run({ kill }),
    refuse: record => refuseAfterKill(record, goOn),
  }
}
