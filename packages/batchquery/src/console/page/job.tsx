import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { JobDocument, Problem } from '../documents.ts'
import { postDocument, problemOf } from './client.ts'
import { say } from './language.ts'
import { CommandLine, Dialog, ProblemBox } from './pieces.tsx'
import { usePolled } from './polled.ts'
import { bytesText, timeText } from './texts.ts'

const POLL_MS = 500

/** Starts a job on the server, and follows it. */
export function useJob() {
  const [started, setStarted] = useState<JobDocument | null>(null)
  const [refusal, setRefusal] = useState<Problem | null>(null)
  const polled = usePolled<JobDocument>(
    started === null ? null : `/api/jobs/${encodeURIComponent(started.id)}`,
    job => (job.state === 'working' ? POLL_MS : null),
  )
  const start = async (path: string, body: object): Promise<void> => {
    setRefusal(null)
    try {
      setStarted(await postDocument<JobDocument>(path, body))
    } catch (thrown) {
      setRefusal(problemOf(thrown))
    }
  }
  return { job: polled.document ?? started, refusal, start }
}

/** The steps of a job as they happen. */
export function JobSteps({ job }: { readonly job: JobDocument }) {
  return (
    <div class="job">
      <ol class="steps" aria-live="polite">
        {job.steps.map(({ at, text, kind }, index) => (
          <li key={index} class={`step-${kind}`}>
            <time>{timeText(at).slice(11)}</time> {text}
          </li>
        ))}
        {job.state === 'working' && <li class="working">{say('working …')}</li>}
      </ol>
      {job.progress !== null && (
        <p>
          <progress value={job.progress.done} max={Math.max(1, job.progress.all)} />{' '}
          {say('{0} of {1}', bytesText(job.progress.done), bytesText(job.progress.all))}
        </p>
      )}
      {job.problem !== null && <ProblemBox problem={job.problem} title={say('It failed')} />}
    </div>
  )
}

/** A dialog that explains an action, starts it, and shows what happens. */
export function ActionDialog({
  title,
  action,
  path,
  body,
  command,
  outcome,
  onClose,
  children,
}: {
  readonly title: string
  readonly action: string
  readonly path: string
  readonly body: object
  readonly command: string
  readonly outcome: (job: JobDocument) => ComponentChildren
  readonly onClose: () => void
  readonly children: ComponentChildren
}) {
  const { job, refusal, start } = useJob()
  return (
    <Dialog title={title} onClose={onClose}>
      {job === null && children}
      {refusal !== null && <ProblemBox problem={refusal} title={say('It cannot be done')} />}
      {job !== null && <JobSteps job={job} />}
      {job?.state === 'done' && <div class="outcome">{outcome(job)}</div>}
      <CommandLine command={job?.command ?? command} />
      {job === null && (
        <p class="buttons">
          <button type="button" class="primary" onClick={() => void start(path, body)}>
            {action}
          </button>
        </p>
      )}
    </Dialog>
  )
}
