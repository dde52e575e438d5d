import { useState } from 'preact/hooks'
import type {
  ColumnDocument,
  ExportDocument,
  HeadDocument,
  ResultDocument,
  SessionDocument,
} from '../../documents.ts'
import { JobSteps, useJob } from '../job.tsx'
import { say } from '../language.ts'
import { CommandLine, Facts, ProblemBox, Scroll, TableHead } from '../pieces.tsx'
import { usePolled } from '../polled.ts'
import { bytesText, counted } from '../texts.ts'
import { Parts } from './result-parts.tsx'

/** What the run published: parts, columns, and the first rows. */
export function ResultView({
  id,
  session,
}: {
  readonly id: string
  readonly session: SessionDocument | null
}) {
  const { document, problem } = usePolled<ResultDocument>(`/api/runs/${encodeURIComponent(id)}/result`, null)
  if (document === null)
    return problem === null ? <p class="loading">{say('loading …')}</p> : <ProblemBox problem={problem} />
  return (
    <>
      {document.exports.length === 0 && <p class="empty">{say('This run has published no export.')}</p>}
      {document.exports.map(exported => (
        <Export key={exported.number} id={id} exported={exported} />
      ))}
      {document.outputs.length > 0 && (
        <>
          <h2>{say('Outputs that the script reported')}</h2>
          <ul>
            {document.outputs.map(({ uri, rows, bytes }) => (
              <li key={uri}>
                <code>{uri}</code>
                {rows !== null && say(', {0} rows', counted(rows))}
                {bytes !== null && `, ${bytesText(bytes)}`}
              </li>
            ))}
          </ul>
        </>
      )}
      {session?.isReadOnly === false && document.exports.length > 0 && <Verify id={id} />}
      <CommandLine command={document.commands.get} />
      <CommandLine command={document.commands.verify} />
    </>
  )
}

function Export({ id, exported }: { readonly id: string; readonly exported: ExportDocument }) {
  const [part, setPart] = useState<number | null>(null)
  const { number, uri, mode, format, compression, rows, bytes, partCount, manifest } = exported
  return (
    <section aria-label={say('Export {0}', number)}>
      <h2>
        {say('Export {0}', number)}: <code>{uri}</code>
      </h2>
      <Facts
        pairs={[
          [say('Rows'), counted(rows)],
          [say('Size'), bytesText(bytes)],
          [say('Parts'), counted(partCount)],
          [say('Format'), `${format}${compression === null ? '' : `, ${compression}`}`],
          [say('Written by'), mode === 'native' ? say('the server itself') : null],
          [say('Partitioned by'), exported.partitionedBy.join(', ')],
          [say('Manifest'), manifest && <code>{manifest}</code>],
          ...exported.invalidDates.map(({ column, count }): [string, string] => [
            say('Dates written as NULL'),
            say('{0} of {1}', counted(count), column),
          ]),
        ]}
      />
      {exported.presence !== 'there' && (
        <p class="warning">
          {exported.presence === 'missing'
            ? say('The first part does not exist any more: a later run or another program has removed it.')
            : say(
                'The first part is not the one that this run wrote: a later run or another program has replaced it. The rows below are of that one.',
              )}
        </p>
      )}
      {exported.columns !== null && <Columns columns={exported.columns} />}
      <Parts id={id} exported={exported} chosen={part} choose={setPart} />
      {partCount > 0 && <Head id={id} number={number} part={part} />}
    </section>
  )
}

const Columns = ({ columns }: { readonly columns: readonly ColumnDocument[] }) => (
  <details>
    <summary>{columns.length === 1 ? say('1 column') : say('{0} columns', counted(columns.length))}</summary>
    <Scroll label={say('Columns')}>
      <table>
        <TableHead names={['Column', 'Type', 'Source', 'NULLs', 'Least', 'Greatest']} numbers={['NULLs']} />
        <tbody>
          {columns.map(({ name, type, sourceType, nulls, min, max }, at) => (
            <tr key={at}>
              <th scope="row">{name}</th>
              <td>{type}</td>
              <td>{sourceType ?? ''}</td>
              <td class="number">{nulls === null ? '' : counted(nulls)}</td>
              <td>{min ?? ''}</td>
              <td>{max ?? ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  </details>
)

/** The first 100 rows of the export, or of one part. */
function Head({
  id,
  number,
  part,
}: {
  readonly id: string
  readonly number: number
  readonly part: number | null
}) {
  const query = part === null ? '' : `?part=${part}`
  const path = `/api/runs/${encodeURIComponent(id)}/exports/${number}/head${query}`
  const { document, problem } = usePolled<HeadDocument>(path, null)
  if (document === null)
    return problem === null ? (
      <p class="loading">{say('loading …')}</p>
    ) : (
      <ProblemBox problem={problem} title={say('The rows cannot be shown')} />
    )
  return (
    <>
      <h3>
        {part === null
          ? say('The first {0} rows', counted(document.rows.length))
          : say('The first {0} rows of part {1}', counted(document.rows.length), part)}
      </h3>
      {document.notes.map(note => (
        <p key={note}>{note}</p>
      ))}
      <Scroll label={say('First rows')}>
        <table class="rows">
          <thead>
            <tr>
              {document.columns.map(({ name, type, isNumber }, at) => (
                <th key={at} scope="col" title={type} class={isNumber ? 'number' : ''}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {document.rows.map((row, at) => (
              <tr key={at}>
                {row.map((value, place) => (
                  <td key={place} class={document.columns[place]?.isNumber === true ? 'number' : ''}>
                    {value ?? <span class="null">NULL</span>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <CommandLine command={document.command} />
    </>
  )
}

/** Reads all objects of the result again, and compares them with the record. */
function Verify({ id }: { readonly id: string }) {
  const { job, refusal, start } = useJob()
  const differences = job?.outcome?.differences
  return (
    <section aria-label={say('Verification')}>
      <p class="buttons">
        <button
          type="button"
          disabled={job?.state === 'working'}
          onClick={() => void start(`/api/runs/${encodeURIComponent(id)}/verify`, {})}
        >
          {say('Verify all bytes')}
        </button>
      </p>
      {refusal !== null && <ProblemBox problem={refusal} />}
      {job !== null && <JobSteps job={job} />}
      {job?.state === 'done' && differences?.length === 0 && (
        <p class="confirmed">✓ {say('verified: every part is as it was written')}</p>
      )}
      {differences !== undefined && differences.length > 0 && (
        <ul class="problem" role="alert">
          {differences.map(({ uri, message }, at) => (
            <li key={at}>
              <code>{uri}</code> {message}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
