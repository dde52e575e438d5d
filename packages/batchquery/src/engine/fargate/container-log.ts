import { setTimeout } from 'node:timers/promises'
import { AwsFailure } from '../../aws/index.ts'
import { type AwsClients, resultOrFailure } from './clients.ts'
import { explainFailure, kindOf } from './ecs-errors.ts'
import type { EcsTaskState } from './ecs-task.ts'
import { describeDefinition, type LogsPlace } from './task-definition.ts'

/** The last lines of a container may reach CloudWatch some seconds after its end. Reading stops when no line came for this time. */
const LATE_MS = 6_000
/** A stream that still grows after this time is not that of the ended container. */
const LONGEST_MS = 60_000
const QUIET_MS = 2_000
const POLL_MS = 500

/**
 * Reads the last lines of the container of a stopped ECS task from CloudWatch Logs. Returns none if its log goes elsewhere.
 *
 * @throws PERMISSION and other errors of the request
 */
export async function lastLinesOf(
  clients: AwsClients,
  task: EcsTaskState,
  count: number,
): Promise<readonly string[]> {
  const { name, taskDefinition, container } = task
  // A container that never ran has no lines.
  if (taskDefinition === null || container === null || container.exitCode === null) return []
  const { containers } = await describeDefinition(clients, name.region, taskDefinition)
  const place = containers.find(each => each.name === container.name)?.logs ?? null
  if (place === null) return []
  return readEnd(clients, place, name.region, `${place.streamPrefix}/${container.name}/${name.id}`, count)
}

/**
 * Reads until no line came for some time. A stream does not exist before its first line, and pages may be empty: neither shows
 * the end.
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
      // First the last lines, then what follows them. The token alone does not contain the direction.
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
