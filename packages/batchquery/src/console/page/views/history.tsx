import { useState } from 'preact/hooks'
import type { HistoryDocument, RunDocument } from '../../documents.ts'
import { say } from '../language.ts'
import {
  CommandLine,
  Cost,
  Link,
  ProblemBox,
  Scroll,
  StaleNote,
  StateMark,
  stateText,
  TableHead,
} from '../pieces.tsx'
import { Plot } from '../plot.tsx'
import { usePolled } from '../polled.ts'
import { go, place, type Route } from '../router.ts'
import { bytesText, counted, durationText, timeText } from '../texts.ts'

const LIVE_MS = 5_000

/** The runs of one task: how long they took, and how much they read. */
export function HistoryView({ route }: { readonly route: Route }) {
  const { task = '' } = route.query
  const polled = usePolled<HistoryDocument>(
    task === '' ? null : `/api/history?task=${encodeURIComponent(task)}`,
    LIVE_MS,
  )
  const [chosen, setChosen] = useState<readonly string[]>([])
  const { document, problem } = polled
  const choose = (id: string) =>
    setChosen(chosen.includes(id) ? chosen.filter(other => other !== id) : [...chosen, id].slice(-2))
  return (
    <main>
      <h1>{say('History of {0}', task || say('a task'))}</h1>
      {task === '' && <p>{say('Choose a task in the list of runs.')}</p>}
      <StaleNote {...polled} />
      {document === null && problem !== null && <ProblemBox problem={problem} />}
      {document !== null && (
        <>
          <Plots runs={document.runs} />
          <p class="buttons">
            <button
              type="button"
              disabled={chosen.length !== 2}
              onClick={() => go(place('compare', '', { one: chosen[0] ?? '', other: chosen[1] ?? '' }))}
            >
              {say('Compare the two chosen runs')}
            </button>
          </p>
          <RunsOfTask runs={document.runs} chosen={chosen} choose={choose} />
          <CommandLine command={document.command} />
        </>
      )}
    </main>
  )
}

type Runs = HistoryDocument['runs']

function Plots({ runs }: { readonly runs: Runs }) {
  if (runs.length === 0) return null
  const times = runs.map(({ createdAt }) => Date.parse(createdAt) / 1000)
  const lines = (value: (run: Runs[number]) => number | null) => [
    { label: say('all'), values: runs.map(value), color: '--accent' },
    {
      label: say('failed'),
      values: runs.map(run => (run.state === 'FAILED' ? value(run) : null)),
      color: '--bad',
      isPoints: true,
    },
  ]
  return (
    <div class="plots">
      <Plot
        title={say('Duration')}
        times={times}
        lines={lines(({ seconds }) => seconds)}
        text={value => (Number.isInteger(value) ? durationText(value) : say('{0} s', value.toFixed(1)))}
      />
      <Plot
        title={say('Rows')}
        times={times}
        lines={lines(({ rows }) => rows)}
        text={value => counted(Math.round(value))}
      />
      <Plot title={say('Size')} times={times} lines={lines(({ bytes }) => bytes)} text={bytesText} />
    </div>
  )
}

function RunsOfTask({
  runs,
  chosen,
  choose,
}: {
  readonly runs: Runs
  readonly chosen: readonly string[]
  readonly choose: (id: string) => void
}) {
  return (
    <Scroll label={say('Runs of the task')}>
      <table>
        <TableHead
          names={['Compare', 'State', 'Run', 'Started', 'Duration', 'Rows', 'Size', 'Cost']}
          numbers={['Duration', 'Rows', 'Size', 'Cost']}
        />
        <tbody>
          {runs.toReversed().map(run => (
            <tr key={run.id}>
              <td>
                <input
                  type="checkbox"
                  checked={chosen.includes(run.id)}
                  aria-label={say('Compare {0}', run.id)}
                  onChange={() => choose(run.id)}
                />
              </td>
              <td>
                <StateMark state={run.state} isDead={run.isDead} />
              </td>
              <th scope="row">
                <Link to={place('run', run.id)}>{run.id}</Link>
              </th>
              <td>{timeText(run.startedAt ?? run.createdAt)}</td>
              <td class="number">{durationText(run.seconds)}</td>
              <td class="number">{counted(run.rows)}</td>
              <td class="number">{bytesText(run.bytes)}</td>
              <td class="number">
                <Cost cost={run.cost} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

/** Two runs side by side, with what differs marked. */
export function CompareView({ route }: { readonly route: Route }) {
  const { one = '', other = '' } = route.query
  const runs = [one, other].map(id => usePolled<RunDocument>(`/api/runs/${encodeURIComponent(id)}`, null))
  const problem = runs.find(run => run.problem !== null)?.problem
  const [left, right] = runs.map(({ document }) => document)
  return (
    <main>
      <h1>{say('Two runs')}</h1>
      {problem && <ProblemBox problem={problem} />}
      {left && right && (
        <Scroll label={say('Comparison')}>
          <table class="compare">
            <thead>
              <tr>
                <th scope="col">{say('What')}</th>
                {[left, right].map(({ id }) => (
                  <th key={id} scope="col">
                    <Link to={place('run', id)}>{id}</Link>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {compared(left, right).map(([what, first, second]) => (
                <tr key={what} class={first === second ? '' : 'differs'}>
                  <th scope="row">{what}</th>
                  <td>{first}</td>
                  <td>{second}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </main>
  )
}

function compared(left: RunDocument, right: RunDocument): readonly (readonly [string, string, string])[] {
  const pair = (
    what: string,
    text: (run: RunDocument) => string | null,
  ): readonly [string, string, string] => [what, text(left) ?? '–', text(right) ?? '–']
  const names = new Set([...left.parameters, ...right.parameters].map(({ name }) => name))
  return [
    pair(say('State'), ({ state }) => stateText(state)),
    pair(say('Task'), ({ task }) => task.name),
    pair('SHA-256', ({ task }) => task.sha256),
    ...[...names].map(name =>
      pair(`:${name}`, run => run.parameters.find(parameter => parameter.name === name)?.value ?? null),
    ),
    pair(say('Database'), ({ databases: [first] }) =>
      first ? `${first.server ?? ''} ${first.host}/${first.name}` : null,
    ),
    pair(say('Engine'), ({ engine }) => engine),
    pair(say('Started'), ({ startedAt }) => timeText(startedAt)),
    pair(say('Duration'), ({ seconds }) => durationText(seconds)),
    pair(say('Rows'), ({ progress }) => counted(progress.rows)),
    pair(say('Size'), ({ progress }) => bytesText(progress.bytes)),
    pair(say('Parts'), ({ progress }) => counted(progress.parts)),
    pair(say('Attempts'), ({ attempts }) => String(attempts.length)),
    pair(say('Error'), ({ problem }) => problem && `${problem.code}: ${problem.message}`),
    pair(say('Cost'), ({ cost }) => cost?.text ?? null),
  ]
}
