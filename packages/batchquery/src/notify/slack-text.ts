import { durationText, visible } from '../platform/index.ts'
import type { DescribedRun } from '../run/index.ts'

/** In characters. Slack cuts longer texts in its list of messages. */
const LONGEST = 500

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** The end of a run in one line. No name in it can be a mention or a link of Slack: https://docs.slack.dev/messaging/formatting-message-text */
export function slackText(run: DescribedRun): string {
  const { id, state, error, progress } = run
  const about = [taskOf(run), databaseOf(run), tookText(run)].filter(part => part !== '').join(', ')
  const result =
    error === null ? `${progress.rows} rows, ${progress.parts} parts` : `${error.code}: ${error.message}`
  const line = visible(`batchquery: run ${id} ${state} (${about}): ${result}`).replace(/\s+/g, ' ')
  const short = line.length <= LONGEST ? line : `${[...line].slice(0, LONGEST).join('')}...`
  return short.replace(/[&<>]/g, character => ENTITIES[character] ?? character)
}

const taskOf = ({ task }: DescribedRun): string => task.key.replace(/\/$/, '').split('/').at(-1) ?? ''

const databaseOf = ({ request, databases: [first] }: DescribedRun): string =>
  request.database ?? (first === undefined ? '' : `${first.host}/${first.name}`)

function tookText({ startedAt, endedAt }: DescribedRun): string {
  if (startedAt === null || endedAt === null) return 'not started'
  return durationText(Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)) / 1000)
}
