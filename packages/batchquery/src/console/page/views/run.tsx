import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { ExportProgress, RunDocument, SessionDocument } from '../../documents.ts'
import { say, type Text } from '../language.ts'
import { CommandLine, Cost, Facts, Link, ProblemBox, StaleNote, StateMark, TaskLink } from '../pieces.tsx'
import { Plot } from '../plot.tsx'
import { usePolled } from '../polled.ts'
import { place } from '../router.ts'
import { bytesText, counted, durationText, timeText } from '../texts.ts'
import { CancelDialog, ReapDialog, RerunDialog } from './run-actions.tsx'

const LIVE_MS = 1_000
const ENDED = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED'])

/** One run as it is now: what it does, how fast, and where. */
export function RunView({ id, session }: { readonly id: string; readonly session: SessionDocument | null }) {
  const polled = usePolled<RunDocument>(`/api/runs/${encodeURIComponent(id)}`, run =>
    ENDED.has(run.state) ? null : LIVE_MS,
  )
  const { document: run, problem } = polled
  if (run === null)
    return problem === null ? <p class="loading">{say('loading …')}</p> : <ProblemBox problem={problem} />
  return (
    <>
      <StaleNote {...polled} />
      <Headline run={run} />
      {run.problem !== null && <ProblemBox problem={run.problem} title={say('Why it failed')} />}
      {run.warnings.map(warning => (
        <p class="warning" key={warning}>
          {warning}
        </p>
      ))}
      <Actions run={run} session={session} refresh={polled.refresh} />
      {run.samples.length > 1 && <Rates run={run} />}
      <Cells run={run} />
      <About run={run} />
      <CommandLine command={run.commands.show} />
    </>
  )
}

function Headline({ run }: { readonly run: RunDocument }) {
  const { progress, rate, etaSeconds, statement, ranges } = run
  return (
    <section class="headline" aria-label={say('Progress')}>
      <Figure name={say('state')}>
        <StateMark state={run.state} isDead={run.isDead} />
      </Figure>
      <Figure name={say('rows')}>{counted(progress.rows)}</Figure>
      <Figure name={say('size')}>{bytesText(progress.bytes)}</Figure>
      <Figure name={say('parts')}>{counted(progress.parts)}</Figure>
      {rate !== null && (
        <Figure name={say('rate')}>{say('{0} rows/s', counted(Math.round(rate.rowsPerSecond)))}</Figure>
      )}
      {rate !== null && <Figure name={say('bytes')}>{`${bytesText(rate.bytesPerSecond)}/s`}</Figure>}
      {ranges !== null && <Figure name={say('ranges')}>{say('{0} of {1}', ranges.done, ranges.all)}</Figure>}
      {etaSeconds !== null && (
        <Figure name={say('remaining')}>{say('about {0}', durationText(etaSeconds))}</Figure>
      )}
      <Figure name={say('duration')}>{durationText(run.seconds)}</Figure>
      {statement !== null && (
        <Figure name={say('statement {0}, line {1}', statement.number, statement.line)}>
          {durationText(statement.seconds)}
        </Figure>
      )}
      {run.cost !== null && (
        <Figure name={say('cost, on demand in {0}', run.cost.prices)}>
          <Cost cost={run.cost} />
        </Figure>
      )}
    </section>
  )
}

const Figure = ({ name, children }: { readonly name: string; readonly children: ComponentChildren }) => (
  <div class="figure">
    <span class="value">{children}</span>
    <span class="name">{name}</span>
  </div>
)

function Actions({
  run,
  session,
  refresh,
}: {
  readonly run: RunDocument
  readonly session: SessionDocument | null
  readonly refresh: () => void
}) {
  const [open, setOpen] = useState<'cancel' | 'rerun' | 'reap' | null>(null)
  if (session?.isReadOnly !== false) return null
  const close = () => {
    setOpen(null)
    refresh()
  }
  const isLive = !ENDED.has(run.state)
  return (
    <p class="buttons">
      {isLive && !run.isDead && (
        <button type="button" class="danger" onClick={() => setOpen('cancel')}>
          {say('Cancel')}
        </button>
      )}
      {isLive && run.isDead && (
        <button type="button" class="danger" onClick={() => setOpen('reap')}>
          {say('Reap')}
        </button>
      )}
      <button type="button" onClick={() => setOpen('rerun')}>
        {say('Run again')}
      </button>
      {open === 'cancel' && <CancelDialog run={run} onClose={close} />}
      {open === 'reap' && <ReapDialog run={run} onClose={close} />}
      {open === 'rerun' && <RerunDialog run={run} databases={session.databases} onClose={close} />}
    </p>
  )
}

function Rates({ run: { samples } }: { readonly run: RunDocument }) {
  const later = samples.slice(1)
  const times = later.map(({ at }) => Date.parse(at) / 1000)
  const per = (of: 'rows' | 'bytes') =>
    later.map((sample, at) => {
      const seconds = (Date.parse(sample.at) - Date.parse(samples[at]?.at ?? sample.at)) / 1000
      return seconds <= 0 ? null : Math.max(0, (sample[of] - (samples[at]?.[of] ?? 0)) / seconds)
    })
  return (
    <div class="plots">
      <Plot
        title={say('Rows per second')}
        times={times}
        lines={[{ label: say('rows/s'), values: per('rows'), color: '--accent' }]}
        text={value => counted(Math.round(value))}
      />
      <Plot
        title={say('Bytes per second')}
        times={times}
        lines={[{ label: say('bytes/s'), values: per('bytes'), color: '--second' }]}
        text={value => `${bytesText(value)}/s`}
      />
    </div>
  )
}

const EXPORT_WORDS: Readonly<Record<ExportProgress['state'], Text>> = {
  BEGUN: 'begun',
  STAGED: 'staged',
  COMMITTING: 'committing',
  PUBLISHED: 'published',
  ABORTED: 'aborted',
}

/** The exports and their parts as a strip of cells. */
function Cells({ run }: { readonly run: RunDocument }) {
  if (run.exports.length === 0) return null
  return (
    <section aria-label={say('Exports')}>
      <h2>{say('Exports')}</h2>
      {run.exports.map(({ uri, attempt, number, state, format, mode, rows, bytes, parts }) => (
        <div class="export" key={`${attempt}-${number}`}>
          <div class="export-name">
            <code>{uri}</code> {format}
            {mode === 'native' && say(', by the server itself')}
            {attempt > 1 && say(', attempt {0}', attempt)}
          </div>
          <ul class="cells" aria-label={say('Parts of {0}', uri)}>
            {parts.map(part => (
              <li
                key={part.name}
                class={`cell ${state === 'PUBLISHED' ? 'done' : state === 'ABORTED' ? 'failed' : 'staged'}`}
                title={`${part.name}: ${part.rows === null ? '' : say('{0} rows, ', counted(part.rows))}${bytesText(part.bytes)}`}
              >
                <span class="hidden">{part.name}</span>
              </li>
            ))}
            {state === 'BEGUN' && run.state === 'RUNNING' && (
              <li class="cell running" title={say('The next part fills')}>
                <span class="hidden">{say('The next part fills')}</span>
              </li>
            )}
          </ul>
          <div class="export-state">
            {say(EXPORT_WORDS[state])}
            {rows > 0 && say(', {0} rows, {1}', counted(rows), bytesText(bytes))}
          </div>
        </div>
      ))}
    </section>
  )
}

function About({ run }: { readonly run: RunDocument }) {
  return (
    <Facts
      pairs={[
        [say('Task'), <TaskLink task={run.task} />],
        ['SHA-256', run.task.sha256 && <code>{run.task.sha256}</code>],
        [say('Arguments'), run.args.length === 0 ? null : <code>{JSON.stringify(run.args)}</code>],
        ...run.parameters.map(({ name, value }): [string, ComponentChildren] => [
          `:${name}`,
          <code>{value}</code>,
        ]),
        ...run.databases.map(({ server, host, name, sessions }): [string, ComponentChildren] => [
          say('Database'),
          `${server ?? ''} ${host}${name === '' ? '' : `/${name}`}${sessions.length === 0 ? '' : say(', sessions {0}', sessions.join(', '))}`,
        ]),
        [say('Engine'), run.engine],
        [say('Runs in'), run.runner?.place ?? null],
        [say('Timeout'), run.timeoutSeconds === null ? null : durationText(run.timeoutSeconds)],
        [say('Created'), timeText(run.createdAt)],
        [say('Started'), run.startedAt && timeText(run.startedAt)],
        [say('Ended'), run.endedAt && timeText(run.endedAt)],
        [say('Exit code'), run.exitCode === null ? null : String(run.exitCode)],
        [say('Attempts'), run.attempts.length < 2 ? null : String(run.attempts.length)],
        [say('Repeats'), run.repeats && <Link to={place('run', run.repeats)}>{run.repeats}</Link>],
        ...run.repeatedBy.map((id): [string, ComponentChildren] => [
          say('Repeated by'),
          <Link to={place('run', id)}>{id}</Link>,
        ]),
      ]}
    />
  )
}
