import type { RunRecord } from '../../src/run/index.ts'
import type { Direction, Place, TcpFault } from '../faults/tcp-proxy.ts'
import { Dice } from './dice.ts'
import type { Measured } from './measure.ts'
import type { Link } from './network.ts'
import { SHAPES } from './shapes.ts'
import type { Trial } from './trial.ts'

const LINKS: readonly (Link | null)[] = [null, 'http', null]
const DIRECTIONS: readonly Direction[] = ['to client', 'to server']
/** TLS, the login and the first queries, which are most of a connection's steps. */
const LOGIN_BYTES = 5_000

interface Case {
  readonly fault: (dice: Dice) => TcpFault
  /** The runner does not see the fault: only the timeout of the task ends the run. */
  readonly isSilent?: true
  /** The codes with which the run may fail. @default - none */
  readonly codes?: readonly string[]
}

const LOST = ['DATABASE_LOST', 'DATABASE_UNREACHABLE']

const CASES: readonly Case[] = [
  { fault: () => ({ kind: 'cut' }), codes: LOST },
  { fault: () => ({ kind: 'truncate' }), codes: LOST },
  { fault: () => ({ kind: 'stall' }), isSilent: true, codes: ['TIMEOUT', ...LOST] },
  { fault: () => ({ kind: 'half-open', notified: 'client' }), codes: LOST },
  { fault: () => ({ kind: 'half-open', notified: 'server' }), isSilent: true, codes: ['TIMEOUT', ...LOST] },
  { fault: dice => ({ kind: 'delay', ms: 300 + 1_000 * dice.fraction() }) },
  // Under TLS it breaks a record, and in the login the handshake.
  { fault: () => ({ kind: 'flip' }), codes: [...LOST, 'TLS'] },
  { fault: () => ({ kind: 'lose the answer', ms: 300 }), codes: LOST },
]

/** One fault in the connection to MariaDB or PostgreSQL. Faults, dialects and directions take turns. */
export function databaseTrial(seed: number, number: number): Trial {
  const dice = new Dice(seed, number, 1)
  const dialect = number % 2 === 0 ? 'mysql' : 'postgres'
  const direction = DIRECTIONS[Math.floor(number / 2) % 2] ?? 'to client'
  const { fault: make, isSilent, codes = [] } = CASES[Math.floor(number / 4) % CASES.length] ?? CASES[0]
  const fault = make(dice)
  const link = dice.pick(LINKS)
  const shape = dice.pick(SHAPES)
  const to = link === null ? 'a directory' : 'S3'
  const place = { isEarly: dice.chance(0.4), isChunk: dice.chance(0.3), fraction: dice.fraction() }
  const where = `${place.isEarly ? 'early' : `at ${(100 * place.fraction).toFixed(1)} %`} ${direction}`
  return {
    name: `database-${seed}-${number}`,
    title: `${number}: ${dialect} to ${to}, ${shape.name}: ${fault.kind} ${'notified' in fault ? `(notified: ${fault.notified}) ` : ''}${where}`,
    family: 'database',
    stage: { dialect, link, shape, timeoutSeconds: isSilent ? 4 : null },
    moreKills: [],
    goOn: 'rerun',
    async begin(stage, measure) {
      stage.network.database?.fail({ direction, at: placeOf(place, direction, await measure()), fault })
      return stage.run(isSilent ? { connect: { connectTimeoutMs: 3_000 } } : {})
    },
    refuse: record => refuse(record, codes),
  }
}

interface Chance {
  readonly isEarly: boolean
  readonly isChunk: boolean
  readonly fraction: number
}

function placeOf(
  { isEarly, isChunk, fraction }: Chance,
  direction: Direction,
  { database }: Measured,
): Place {
  const { bytes, chunks } = database?.[direction] ?? { bytes: 1, chunks: 1 }
  if (isEarly) return { byte: Math.floor(fraction * Math.min(bytes, LOGIN_BYTES)) }
  return isChunk ? { chunk: Math.floor(fraction * chunks) } : { byte: Math.floor(fraction * bytes) }
}

function refuse(record: RunRecord | null, codes: readonly string[]): string | null {
  const { state, error } = record ?? { state: 'no record', error: null }
  if (state === 'SUCCEEDED') return null
  if (state === 'FAILED' && codes.includes(error?.code ?? '')) return null
  return `it is ${state} ${error?.code ?? ''}: ${error?.message ?? ''}`
}
