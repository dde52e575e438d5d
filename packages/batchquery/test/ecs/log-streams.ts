import { type Answer, failed, ok } from './protocol.ts'

interface LogEvent {
  readonly timestamp: number
  readonly message: string
  readonly ingestionTime: number
}

/** The log streams of CloudWatch Logs, by group and name. A stream exists from its first line on, or later. */
export class LogStreams {
  readonly #streams = new Map<string, LogEvent[]>()
  /** The existing groups, with their retention in days. Null for unlimited. */
  readonly groups = new Map<string, number | null>([['/batchquery', 90]])
  /** How long lines take to arrive, in milliseconds. Infinite if they are lost. */
  lateMs = 0

  append(group: string, stream: string, message: string): void {
    const key = `${group}:${stream}`
    const now = Date.now()
    const events = this.#streams.get(key) ?? []
    events.push({ timestamp: now, message, ingestionTime: now + this.lateMs })
    this.#streams.set(key, events)
  }

  describeLogGroups({ logGroupNamePrefix = '' }: Record<string, unknown>): Answer {
    const found = [...this.groups].filter(([name]) => name.startsWith(String(logGroupNamePrefix)))
    const logGroups = found.map(([logGroupName, days]) => ({
      logGroupName,
      ...(days !== null && { retentionInDays: days }),
    }))
    return ok({ logGroups })
  }

  /** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html */
  getLogEvents(input: Record<string, unknown>): Answer {
    const { logGroupName, logStreamName, nextToken, limit = 10_000, startFromHead = false } = input
    const all = this.#streams.get(`${String(logGroupName)}:${String(logStreamName)}`) ?? []
    const there = all.filter(({ ingestionTime }) => ingestionTime <= Date.now())
    if (there.length === 0)
      return failed('ResourceNotFoundException', 'The specified log stream does not exist.')
    // AWS does not define the answer.
    if (nextToken !== undefined && startFromHead !== true)
      return failed('InvalidParameterException', 'a forward token is for reading from the head')
    const count = Number(limit)
    const fromToken = /^f\/(\d+)$/.exec(String(nextToken))?.[1]
    const start =
      fromToken !== undefined ? Number(fromToken) : startFromHead ? 0 : Math.max(0, there.length - count)
    const events = there.slice(start, start + count)
    return ok({
      events,
      nextForwardToken: `f/${start + events.length}`,
      nextBackwardToken: `b/${start}`,
    })
  }
}
