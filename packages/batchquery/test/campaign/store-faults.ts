import type { RunRecord } from '../../src/run/index.ts'
import { type Fault, s3Error } from '../faults/fault-proxy.ts'
import type { Direction, TcpFault } from '../faults/tcp-proxy.ts'
import { Dice } from './dice.ts'
import { REQUESTS, type RequestCounts, type RequestKind } from './requests.ts'
import { DIALECTS, SHAPES } from './shapes.ts'
import type { Trial } from './trial.ts'

const answer = (status: number, code: string): Fault => ({ kind: 'answer', answer: s3Error(status, code) })

const REQUEST_FAULTS: readonly (readonly [name: string, fault: (dice: Dice) => Fault])[] = [
  ['dropped', () => ({ kind: 'drop' })],
  ['without its answer', () => ({ kind: 'lose the answer' })],
  ['its answer cut', () => ({ kind: 'cut the body' })],
  ['stalled', () => ({ kind: 'stall' })],
  ['late', dice => ({ kind: 'delay', ms: 200 + 1_000 * dice.fraction() })],
  ['answered 500', () => answer(500, 'InternalError')],
  ['answered 503', () => answer(503, 'SlowDown')],
  ['answered 429', () => answer(429, 'TooManyRequests')],
  ['with a flipped bit', dice => ({ kind: 'flip', at: dice.fraction() })],
]

const BYTE_FAULTS: readonly ((dice: Dice) => TcpFault)[] = [
  () => ({ kind: 'cut' }),
  () => ({ kind: 'truncate' }),
  () => ({ kind: 'stall' }),
  () => ({ kind: 'half-open', notified: 'client' }),
  () => ({ kind: 'half-open', notified: 'server' }),
  dice => ({ kind: 'delay', ms: 200 + 1_000 * dice.fraction() }),
  () => ({ kind: 'flip' }),
  () => ({ kind: 'lose the answer', ms: 300 }),
]
const DIRECTIONS: readonly Direction[] = ['to server', 'to client']

/** Faults between the runner and S3. The store repeats the requests: the run must succeed. */
export function storeTrial(seed: number, number: number): Trial {
  if (number % 2 === 1) return bytesTrial(seed, number)
  return number % 12 === 10 ? outageTrial(seed, number) : requestTrial(seed, number)
}

/** One to three consecutive requests of a kind fail. */
function requestTrial(seed: number, number: number): Trial {
  const dice = new Dice(seed, number, 2)
  const [name, make] = REQUEST_FAULTS[Math.floor(number / 2) % REQUEST_FAULTS.length] ?? REQUEST_FAULTS[0]
  const fault = make(dice)
  // A stall takes a long wait, so one is enough.
  const times = fault.kind === 'stall' ? 1 : dice.pick([1, 1, 2, 3])
  const link = dice.pick(['http', 'https'] as const)
  const dialect = dice.pick(DIALECTS)
  const shape = dice.pick(SHAPES)
  const fractions = [dice.fraction(), dice.fraction()] as const
  return {
    name: `store-${seed}-${number}`,
    title: `${number}: ${dialect} to S3 over ${link}, ${shape.name}: ${times} requests ${name}, at ${fractions}`,
    family: 'store',
    stage: { dialect, link, shape },
    moreKills: [],
    goOn: 'rerun',
    async begin(stage, measure) {
      const { requests } = await measure()
      const { kind, first } = placeOf(fractions, fault.kind === 'flip' ? withBody(requests) : requests)
      const nth = Array.from({ length: times }, (_, at) => first + at)
      stage.network.requests?.fail({ ...REQUESTS[kind], nth, fault })
      return stage.run()
    },
    refuse,
  }
}

/** All requests fail for some seconds. */
function outageTrial(seed: number, number: number): Trial {
  const dice = new Dice(seed, number, 4)
  const ms = 2_000 + 8_000 * dice.fraction()
  const [name, fault] = dice.pick([
    ['answers 503', answer(503, 'SlowDown')],
    ['drops what comes', { kind: 'drop' }],
  ] as const satisfies readonly (readonly [string, Fault])[])
  const link = dice.pick(['http', 'https'] as const)
  const dialect = dice.pick(DIALECTS)
  const shape = dice.pick(SHAPES)
  const fractions = [dice.fraction(), dice.fraction()] as const
  return {
    name: `store-${seed}-${number}`,
    title: `${number}: ${dialect} to S3 over ${link}, ${shape.name}: S3 ${name} for ${Math.round(ms)} ms, from ${fractions}`,
    family: 'store',
    stage: { dialect, link, shape },
    moreKills: [],
    goOn: 'rerun',
    async begin(stage, measure) {
      const { requests } = await measure()
      const { kind, first } = placeOf(fractions, requests)
      const { requests: proxy } = stage.network
      const call = (): void => {
        const end = proxy?.fail({ fault })
        setTimeout(() => end?.(), ms)
      }
      proxy?.fail({ ...REQUESTS[kind], nth: [first], fault: { kind: 'call', when: 'before', call } })
      return stage.run()
    },
    refuse,
  }
}

/** Picks one of the requests that an undisturbed run sends. Each kind has the same chance. */
function placeOf([one, other]: readonly [number, number], requests: RequestCounts) {
  const [kind, count] = [...requests][Math.floor(one * requests.size)] ?? (['put', 1] as const)
  return { kind, first: 1 + Math.floor(other * count) }
}

const WITH_BODY: readonly RequestKind[] = ['put', 'send a chunk', 'complete an upload']
const withBody = (requests: RequestCounts): RequestCounts =>
  new Map([...requests].filter(([kind]) => WITH_BODY.includes(kind)))

/** One fault in the encrypted bytes of a connection. */
function bytesTrial(seed: number, number: number): Trial {
  const dice = new Dice(seed, number, 3)
  const fault = (BYTE_FAULTS[Math.floor(number / 4) % BYTE_FAULTS.length] ?? BYTE_FAULTS[0])(dice)
  const direction = DIRECTIONS[Math.floor(number / 2) % 2] ?? 'to server'
  const dialect = dice.pick(DIALECTS)
  const shape = dice.pick(SHAPES)
  const fraction = dice.fraction()
  return {
    name: `store-${seed}-${number}`,
    title: `${number}: ${dialect} to S3 over tls, ${shape.name}: ${fault.kind} ${direction} at ${(100 * fraction).toFixed(1)} %`,
    family: 'store',
    stage: { dialect, link: 'tls', shape },
    moreKills: [],
    goOn: 'rerun',
    async begin(stage, measure) {
      const { store } = await measure()
      const byte = Math.floor(fraction * (store?.[direction].bytes ?? 0))
      stage.network.bytes?.fail({ direction, at: { byte }, fault })
      return stage.run()
    },
    refuse,
  }
}

function refuse(record: RunRecord | null): string | null {
  if (record?.state === 'SUCCEEDED') return null
  return `it is ${record?.state} ${record?.error?.code ?? ''}: ${record?.error?.message ?? ''}`
}
