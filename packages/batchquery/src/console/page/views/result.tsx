import { useState } from 'preact/hooks'
import type {
  ColumnDocument,
  ExportDocument,
  HeadDocument,
  ResultDocument,
  SessionDocument,
} from '../../documents.ts'
import { JobSteps, useJob } from '../job.tsx'
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
    return problem === null ? <p class="loading">loading …</p> : <ProblemBox problem={problem} />
  return (
    <>
      {document.exports.length === 0 && <p class="empty">This run has published no export.</p>}
      {document.exports.map(exported => (
        <Export key={exported.number} id={id} exported={exported} />
      ))}
      {document.outputs.length > 0 && (
        <>
          <h2>Outputs that the script reported</h2>
          <ul>
            {document.outputs.map(({ uri, rows, bytes }) => (
              <li key={uri}>
                <code>{uri}</code>
                {rows !== null && `, ${counted(rows)} rows`}
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
    <section aria-label={`Export ${number}`}>
      <h2>
        Export {number}: <code>{uri}</code>
      </h2>
      <Facts
        pairs={[
          ['Rows', counted(rows)],
          ['Size', bytesText(bytes)],
          ['Parts', counted(partCount)],
          ['Format', `${format}${compression === null ? '' : `, ${compression}`}`],
          ['Written by', mode === 'native' ? 'the server itself' : null],
          ['Partitioned by', exported.partitionedBy.join(', ')],
          ['Manifest', manifest && <code>{manifest}</code>],
          ...exported.invalidDates.map(({ column, count }): [string, string] => [
            'Dates written as NULL',
            `${counted(count)} of ${column}`,
          ]),
        ]}
      />
      {exported.presence !== 'there' && (
        <p class="warning">
          {exported.presence === 'missing'
            ? 'The first part does not exist any more: a later run or another program has removed it. The record of the run is below.'
            : 'The first part is not the one that this run wrote: a later run or another program has replaced it. The rows below are of that one.'}
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
    <summary>
      {counted(columns.length)} {columns.length === 1 ? 'column' : 'columns'}
    </summary>
    <Scroll label="Columns">
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
      <p class="loading">loading …</p>
    ) : (
      <ProblemBox problem={problem} title="The rows cannot be shown" />
    )
  return (
    <>
      <h3>
        The first {counted(document.rows.length)} rows{part !== null && ` of part ${part}`}
      </h3>
      {document.notes.map(note => (
        <p key={note}>{note}</p>
      ))}
      <Scroll label="First rows">
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
    <section aria-label="Verification">
      <p class="buttons">
        <button
          type="button"
          disabled={job?.state === 'working'}
          onClick={() => void start(`/api/runs/${encodeURIComponent(id)}/verify`, {})}
        >
          Verify all bytes
        </button>
      </p>
      {refusal !== null && <ProblemBox problem={refusal} />}
      {job !== null && <JobSteps job={job} />}
      {job?.state === 'done' && differences?.length === 0 && (
        <p class="confirmed">✓ verified: every part is as it was written</p>
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
