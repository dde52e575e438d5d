import { setTimeout } from 'node:timers/promises'
import { AwsFailure } from '../../aws/index.ts'
import { type AwsClients, resultOrFailure } from './clients.ts'
import { explainFailure, kindOf } from './ecs-errors.ts'
import type { EcsTaskState } from './ecs-task.ts'
import { describeDefinition, type LogsPlace } from './task-definition.ts'

/** What a container wrote last may come to CloudWatch some seconds after its end: so long nothing more has to come. */
const LATE_MS = 6_000
/** A stream that goes on after its container ended is none of it. */
const LONGEST_MS = 60_000
const QUIET_MS = 2_000
const POLL_MS = 500

/**
 * The last lines that the container of a stopped ECS task wrote, from CloudWatch Logs; none where they go elsewhere.
 *
 * @throws PERMISSION and the like: the lines are then for people to look up
 */
export async function lastLinesOf(
  clients: AwsClients,
  task: EcsTaskState,
  count: number,
): Promise<readonly string[]> {
  const { name, taskDefinition, container } = task
  // One that never ran has said nothing.
  if (taskDefinition === null || container === null || container.exitCode === null) return []
  const { containers } = await describeDefinition(clients, name.region, taskDefinition)
  const place = containers.find(each => each.name === container.name)?.logs ?? null
  if (place === null) return []
  return readEnd(clients, place, name.region, `${place.streamPrefix}/${container.name}/${name.id}`, count)
}

/**
 * Reads on until nothing has come for some time: a stream is missing before its first line, pages may be empty,
 * and the end is where the token repeats.
 */
async function readEnd(
  clients: AwsClients,
  { group, region }: LogsPlace,
  taskRegion: string,
  stream: string,
  count: number,
): Promise<readonly string[]> {
  const logs = await clients.logs(region ?? taskRegion)
  const doing = { what: `read the log stream ${stream} of ${group}`, action: 'logs:GetLogEvents' }
  const input = { logGroupName: group, logStreamName: stream }
  const lines: string[] = []
  let nextToken: string | undefined
  const startedAt = performance.now()
  let quietSince = startedAt
  for (;;) {
    const page = await resultOrFailure(() =>
      // At first from the end; then on from there, which a token alone does not say.
      logs.getLogEvents(
        nextToken === undefined ? { ...input, limit: count } : { ...input, nextToken, startFromHead: true },
      ),
    )
    if (page instanceof AwsFailure && !mayComeYet(page)) throw explainFailure(doing, page)
    const { events = [], nextForwardToken } = page instanceof AwsFailure ? {} : page
    lines.push(...events.flatMap(({ message }) => message ?? []))
    lines.splice(0, lines.length - count)
    nextToken = nextForwardToken ?? nextToken
    const now = performance.now()
    if (now - startedAt > LONGEST_MS) return lines
    if (events.length > 0) quietSince = now
    else if (now - quietSince > (lines.length > 0 ? QUIET_MS : LATE_MS)) return lines
    else await setTimeout(POLL_MS)
  }
}

const mayComeYet = (failure: AwsFailure): boolean =>
  failure.code === 'ResourceNotFoundException' || kindOf(failure) !== 'refused'
