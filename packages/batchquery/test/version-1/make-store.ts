import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Look, Making } from './making.ts'
import { GOLDEN, unpackOldProgram } from './old-program.ts'
import { EARLIER } from './runs.ts'

/*
 * Makes golden/store: runs of version 1 in every state, with the old program. The script kills it at the operation of its
 * store that leads to the state.
 *
 *     npx tsx packages/batchquery/test/version-1/make-store.ts
 */
const OFTEN = { logFlushMs: 1 }
const MOST_ROUNDS = 20

const program = await unpackOldProgram()
const scratch = await mkdtemp(join(tmpdir(), 'version-1-'))

async function begin(id: string): Promise<Making> {
  const making = await Making.begin(id, program, scratch)
  if (id === 'over') for (const [key, text] of EARLIER) await making.put(key, text)
  return making
}

interface Moment {
  readonly is: (look: Look) => boolean
  /** Starts the search at the first operation with this name. @default - the beginning */
  readonly from?: string
  readonly intervals?: Parameters<Making['start']>[1]
}

/**
 * A run that was killed at the wanted moment. Tries one operation after the other, in several rounds, because parallel
 * operations come in another order each time.
 */
async function killed(before: Making, { is, from, intervals = {} }: Moment): Promise<Making> {
  const rehearsal = await (await before.copy()).start(null, intervals).ended
  const first = from === undefined ? 0 : rehearsal.operations.indexOf(from)
  for (let round = 0; round < MOST_ROUNDS; round++)
    for (let operation = first; operation < rehearsal.operations.length; operation++)
      for (const when of ['after', 'before'] as const) {
        const making = await before.copy()
        await making.start({ operation, when }, intervals).ended
        if (is(await making.look())) return making
      }
  throw new Error(`${before.id} was never at the wanted moment`)
}

const hasLog = (look: Look, attempt: number): boolean => look.has(new RegExp(`/log-000${attempt}\\.txt$`))

const isWorking = (look: Look): boolean =>
  look.state === 'RUNNING 1:' && look.isConnected && !look.has(/^locks\//)

const MOMENTS: Readonly<Record<string, Moment>> = {
  queued: { is: look => look.state === 'QUEUED 0:' },
  claimed: { is: look => look.state === 'QUEUED 0:' && look.has(/\/attempt-0001$/) },
  running: { is: isWorking },
  asked: { is: isWorking },
  begun: { is: look => look.state === 'RUNNING 1:' && look.staged === 2, from: 'stage' },
  ledger: { is: look => look.state === 'RUNNING 1:' && look.has(/\/parts-0001\.json$/), from: 'stage' },
  staged: { is: look => look.state === 'RUNNING 1: STAGED', from: 'stage' },
  committing: {
    is: look => look.state === 'RUNNING 1: COMMITTING' && look.visible === 0 && look.staged === 3,
    from: 'finish',
  },
  published: { is: look => look.state === 'RUNNING 1: PUBLISHED' && look.has(/^locks\//), from: 'commit' },
}

async function makeKilled(): Promise<void> {
  for (const [id, moment] of Object.entries(MOMENTS)) {
    const making = await killed(await begin(id), moment)
    if (id === 'asked') await making.put('runs/asked/cancel', '')
    await making.keep()
  }
}

/** A run with two killed attempts, and one that succeeded after a killed attempt. */
async function makeAttempts(): Promise<void> {
  for (const id of ['twice', 'again']) {
    const first = await killed(await begin(id), {
      is: look => look.state === 'RUNNING 1: STAGED' && hasLog(look, 1),
      from: 'stage',
      intervals: OFTEN,
    })
    if (id === 'again') {
      await first.start(null, OFTEN).ended
      await first.keep()
      continue
    }
    const second = await killed(first, {
      is: look => look.state === 'RUNNING 2: ABORTED COMMITTING' && hasLog(look, 2),
      from: 'stage',
      intervals: OFTEN,
    })
    await second.keep()
  }
}

async function makeEnded(): Promise<void> {
  const succeeded = await begin('succeeded')
  await succeeded.start(null, OFTEN).ended
  await succeeded.keep()
  const failed = await begin('failed')
  await failed.start(null, OFTEN).ended
  await failed.keep()
  const cancelled = await begin('cancelled')
  const started = cancelled.start(null, { ...OFTEN, heartbeatMs: 100 })
  while (!isWorking(await cancelled.look())) await setTimeout(20)
  await cancelled.put('runs/cancelled/cancel', '')
  await started.ended
  await cancelled.keep()
}

async function makeDriven(): Promise<void> {
  const kinds = [
    ['half', 'half'],
    ['over', 'half'],
    ['second', 'half'],
    ['many', 'many'],
    ['native', 'native'],
  ] as const
  for (const [id, kind] of kinds) {
    const making = await begin(id)
    await making.drive(kind).ended
    await making.keep()
  }
}

await rm(join(GOLDEN, 'store'), { recursive: true, force: true })
await makeKilled()
await makeAttempts()
await makeEnded()
await makeDriven()
await program.remove()
await rm(scratch, { recursive: true })
