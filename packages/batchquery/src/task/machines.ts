import * as v from 'valibot'
import type { FanOutSettings } from '../engine/fargate/fan-out/index.ts'
import { BatchQueryError } from '../errors/index.ts'
import type { ExecutionState, MachineExecution, MachineHost, MachineOrder } from '../export/index.ts'
import type { Log } from '../platform/index.ts'
import {
  INTERVALS,
  type OwnedRun,
  type RunIntervals,
  type SessionRecovery,
  type StopMachines,
} from '../run/index.ts'

/** How often the coordinator and the workers look at the board. */
export const LOOK_MS = 2_000

const schema = v.strictObject({
  stateMachine: v.string(),
  machines: v.pipe(v.number(), v.integer(), v.minValue(1)),
  size: v.strictObject({ cpu: v.number(), memory: v.number() }),
  spot: v.boolean(),
})

/** Reads BATCHQUERY_FAN_OUT, which the engine fargate sets for a run with several machines. Null without it. @throws CONFIG */
export function readFanOut({ BATCHQUERY_FAN_OUT: text }: NodeJS.ProcessEnv): FanOutSettings | null {
  if (!text) return null
  const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text)
  if (success) return output
  throw new BatchQueryError('CONFIG', 'BATCHQUERY_FAN_OUT is not what the engine fargate sets', {
    hint: 'Unset it, and start the run with --tasks.',
  })
}

/** Stops the machines that a dead attempt of this run left. Null if this run has none. */
export const machineStop = (fanOut: FanOutSettings | null): StopMachines | null =>
  fanOut &&
  (async execution => {
    const { Executions } = await import('../engine/fargate/fan-out/index.ts')
    await new Executions().stop(execution, 'the coordinator of the machines is dead')
  })

/** What the machines of a run need of its runner. */
export interface MachineContext {
  readonly run: OwnedRun
  /** The home bucket. */
  readonly bucket: string
  readonly endSessions: SessionRecovery
  readonly log: Log
  readonly intervals?: Partial<RunIntervals> | undefined
  /** @default - `LOOK_MS` */
  readonly lookMs?: number | undefined
}

/** Machines for the exports of a run, started by Step Functions. */
export async function machineHost(settings: FanOutSettings, context: MachineContext): Promise<MachineHost> {
  const { run, bucket, endSessions, log, intervals, lookMs = LOOK_MS } = context
  const { Executions, executionArn } = await import('../engine/fargate/fan-out/index.ts')
  const executions = new Executions()
  const { id, task } = run.record
  return {
    machines: settings.machines,
    ...{ lookMs, deadAfterMs: intervals?.deadAfterMs ?? INTERVALS.deadAfterMs },
    boardOf: uri => run.machines.boardOf(uri),
    isSecret: text => log.redact(text) !== text,
    endSessions: async uri => {
      const databases = await run.machines.sessions(uri)
      return databases.length === 0 ? [] : endSessions({ id, databases })
    },
    start: async ({ board, number, machines, sha256 }: MachineOrder): Promise<MachineExecution> => {
      const arn = executionArn(settings.stateMachine, id, board.name, number)
      await run.machines.recordExecution(board.name, number, arn)
      const command = [task.bucket, task.key]
      const work = `${board.name}/${sha256}`
      await executions.start(arn, settings, { run: id, bucket, command, work, machines })
      return {
        name: `execution ${arn.slice(arn.lastIndexOf(':') + 1)}`,
        state: async (): Promise<ExecutionState> => {
          const { isOver, failure, lost } = await executions.describe(arn)
          const hint = lost.some(({ isOutOfMemory }) => isOutOfMemory) ? MORE_MEMORY : null
          return { isOver, failure, lost: lost.map(({ why }) => why), hint }
        },
        stop: reason => executions.stop(arn, `${reason}, so run ${id} stops the machines`),
      }
    },
  }
}

const MORE_MEMORY = 'Raise --memory: a machine had too little. Or write a smaller number after PARALLEL.'
