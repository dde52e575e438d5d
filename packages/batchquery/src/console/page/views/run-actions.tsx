import { useState } from 'preact/hooks'
import type { JobDocument, RerunRequest, RunDocument } from '../../documents.ts'
import { ActionDialog } from '../job.tsx'
import { say, sayWith } from '../language.ts'
import { Link, StateMark } from '../pieces.tsx'
import { place } from '../router.ts'

interface ActionProps {
  readonly run: RunDocument
  readonly onClose: () => void
}

const pathOf = ({ id }: RunDocument, action: string): string =>
  `/api/runs/${encodeURIComponent(id)}/${action}`

/** Requests a cancel, and shows each step until the server confirms that the statement is gone. */
export function CancelDialog({ run, onClose }: ActionProps) {
  return (
    <ActionDialog
      title={say('Cancel run {0}', run.id)}
      action={say('Cancel the run')}
      path={pathOf(run, 'cancel')}
      body={{}}
      command={run.commands.cancel}
      onClose={onClose}
      outcome={({ outcome }) => (
        <>
          <p>{sayWith('The run is {0}.', <StateMark state={outcome?.state ?? null} />)}</p>
          {outcome?.isGone === true && <p class="confirmed">✓ {say('confirmed gone on the server')}</p>}
          {outcome?.isGone === false && (
            <p class="warning">{say('A session of the run is still on its server.')}</p>
          )}
          {outcome?.isGone === null && (
            <p>
              {say(
                'No configured database could say whether its sessions are gone. The runner has ended them.',
              )}
            </p>
          )}
        </>
      )}
    >
      <p>
        {say(
          'The runner stops its statement on the server and removes what it has staged. An earlier result stays.',
        )}
      </p>
    </ActionDialog>
  )
}

/** Shows what a reap would do, and then does it. */
export function ReapDialog({ run, onClose }: ActionProps) {
  const [isDry, setDry] = useState(true)
  return (
    <ActionDialog
      key={String(isDry)}
      title={isDry ? say('What a reap of {0} would do', run.id) : say('Reap run {0}', run.id)}
      action={isDry ? say('Show it') : say('Reap the run')}
      path={pathOf(run, 'reap')}
      body={{ dryRun: isDry }}
      command={run.commands.reap}
      onClose={onClose}
      outcome={job => (
        <>
          <Reaped job={job} />
          {isDry && job.outcome?.reap?.isDead === true && (
            <p class="buttons">
              <button type="button" class="danger" onClick={() => setDry(false)}>
                {say('Go on to the reap')}
              </button>
            </p>
          )}
        </>
      )}
    >
      <p>
        {say(
          'The runner of this run does not respond. A reap ends its sessions, completes a publication that has begun, removes everything else that was staged, and ends the run.',
        )}
      </p>
    </ActionDialog>
  )
}

function Reaped({ job: { outcome } }: { readonly job: JobDocument }) {
  const reap = outcome?.reap
  if (reap === undefined) return null
  if (!reap.isDead) return <p>{say('The run is alive, so a reap leaves it alone.')}</p>
  const list = (title: string, uris: readonly string[]) =>
    uris.length > 0 && (
      <>
        <p>{title}</p>
        <ul>
          {uris.map(uri => (
            <li key={uri}>
              <code>{uri}</code>
            </li>
          ))}
        </ul>
      </>
    )
  return (
    <>
      {list(reap.isDryRun ? say('It would complete:') : say('Completed:'), reap.completed)}
      {list(reap.isDryRun ? say('It would abort:') : say('Aborted:'), reap.aborted)}
      {reap.completed.length + reap.aborted.length === 0 && <p>{say('No export of the run is open.')}</p>}
      {outcome?.state !== undefined && (
        <p>{sayWith('The run is {0}.', <StateMark state={outcome.state} />)}</p>
      )}
    </>
  )
}

/** Starts the task again with other values. */
export function RerunDialog({
  run,
  databases,
  onClose,
}: ActionProps & { readonly databases: readonly string[] }) {
  const [values, setValues] = useState<Readonly<Record<string, string>>>({})
  const [database, setDatabase] = useState('')
  const names = [...new Set([...run.parameters.map(({ name }) => name), ...run.withheld])]
  const isOf = (list: readonly string[]) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => list.includes(name)))
  const body: RerunRequest = {
    parameters: isOf(names),
    variables: isOf(run.variables),
    ...(database !== '' && { database }),
  }
  const field = (name: string) => {
    const shared = {
      id: `value-${name}`,
      placeholder:
        run.parameters.find(parameter => parameter.name === name)?.value ?? say('the run does not keep it'),
      value: values[name] ?? '',
      onInput: (event: InputEvent) => {
        if (event.currentTarget instanceof HTMLInputElement)
          setValues({ ...values, [name]: event.currentTarget.value })
      },
    }
    const isSecret = run.withheld.includes(name) || run.variables.includes(name)
    return (
      <label key={name} for={`value-${name}`}>
        {name}
        {isSecret ? (
          <input type="password" autocomplete="new-password" {...shared} />
        ) : (
          <input type="text" autocomplete="off" {...shared} />
        )}
      </label>
    )
  }
  return (
    <ActionDialog
      title={say('Run {0} again', run.task.name)}
      action={say('Start the run')}
      path={pathOf(run, 'rerun')}
      body={body}
      command={run.commands.rerun}
      onClose={onClose}
      outcome={({ outcome }) =>
        outcome?.run !== undefined && (
          <p>{sayWith('It runs as {0}.', <Link to={place('run', outcome.run)}>{outcome.run}</Link>)}</p>
        )
      }
    >
      <p>{say('Values that you leave empty are those of this run.')}</p>
      <div class="fields">
        {names.map(field)}
        {run.variables.map(field)}
        {databases.length > 0 && (
          <label>
            {say('Database')}
            <select value={database} onChange={event => setDatabase(event.currentTarget.value)}>
              <option value="">{say('as in this run')}</option>
              {databases.map(name => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
      </div>
    </ActionDialog>
  )
}
