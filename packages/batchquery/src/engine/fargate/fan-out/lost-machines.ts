import * as v from 'valibot'

/** A machine that no retry could replace. */
export interface LostMachine {
  readonly worker: string
  /** A sentence without its end. */
  readonly why: string
  /** Whether it needed more memory than it had. */
  readonly isOutOfMemory: boolean
}

const lost = v.object({ worker: v.string(), error: v.string(), cause: v.string() })
const task = v.object({
  TaskArn: v.optional(v.string()),
  StopCode: v.optional(v.string()),
  StoppedReason: v.optional(v.string()),
  Containers: v.optional(
    v.array(v.object({ ExitCode: v.optional(v.number()), Reason: v.optional(v.string()) })),
    [],
  ),
})

/**
 * The lost machines in the output of an execution, which has an item for each machine.
 *
 * @param output JSON; anything else has none
 */
export function lostMachines(output: string): readonly LostMachine[] {
  const items = parsed(output)
  if (!Array.isArray(items)) return []
  return items.flatMap(item => {
    const found = v.safeParse(lost, item)
    return found.success ? explained(found.output) : []
  })
}

function explained({ worker, error, cause }: v.InferOutput<typeof lost>): LostMachine {
  const isOutOfMemory = /OutOfMemory/.test(cause)
  const state = v.safeParse(task, parsed(cause))
  // ECS's own refusals are plain text.
  if (!state.success)
    return { worker, why: `machine ${worker}: ${error}: ${cause.slice(0, 300)}`, isOutOfMemory }
  const { TaskArn = '', StopCode, StoppedReason, Containers } = state.output
  const [{ ExitCode, Reason } = {}] = Containers
  const facts = [
    `ECS task ${TaskArn.slice(TaskArn.lastIndexOf('/') + 1)}`,
    ...(StopCode === undefined ? [] : [`stopCode ${StopCode}`]),
    ...(StoppedReason === undefined ? [] : [`stoppedReason ${JSON.stringify(StoppedReason)}`]),
    ...(Reason === undefined ? [] : [JSON.stringify(Reason)]),
    ...(ExitCode === undefined ? [] : [`exit code ${ExitCode}`]),
  ]
  return { worker, why: `machine ${worker} was lost (${facts.join(', ')})`, isOutOfMemory }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}
