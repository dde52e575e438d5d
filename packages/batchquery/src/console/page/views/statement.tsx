import type { PlanDocument, StatementDocument, Token } from '../../documents.ts'
import { say, sayWith } from '../language.ts'
import { CommandLine, Facts, ProblemBox, Scroll, TableHead } from '../pieces.tsx'
import { usePolled } from '../polled.ts'
import { bytesText, counted } from '../texts.ts'

/** The task as it ran, with its parameters in place. */
export function StatementView({ id }: { readonly id: string }) {
  const { document, problem } = usePolled<StatementDocument>(
    `/api/runs/${encodeURIComponent(id)}/statement`,
    null,
  )
  if (document === null)
    return problem === null ? <p class="loading">{say('loading …')}</p> : <ProblemBox problem={problem} />
  const { sql, files } = document
  return (
    <>
      <Facts
        pairs={[
          [say('Task'), <code>{document.uri}</code>],
          ['SHA-256', document.sha256 && <code>{document.sha256}</code>],
        ]}
      />
      {document.problem !== null && (
        <ProblemBox problem={document.problem} title={say('The text cannot be shown')} />
      )}
      {sql?.problem && <ProblemBox problem={sql.problem} title={say('The statements cannot be read')} />}
      {sql?.statements.map(
        ({ number, line, keyword, export: exported }) =>
          exported !== null && (
            <section key={number} aria-label={say('Export of statement {0}', number)}>
              <h2>{say('Statement {0}, line {1}: {2}', number, line, keyword)}</h2>
              <Facts lang="en" pairs={exported.map(({ label, value }) => [label, value])} />
            </section>
          ),
      )}
      {document.plans.map((plan, at) => (
        <Plan key={at} plan={plan} />
      ))}
      {sql === null ? files.map(file => <File key={file.path} file={file} />) : <Sql tokens={sql.tokens} />}
      <CommandLine command={document.command} />
    </>
  )
}

/** How several sessions read the rows, as the run planned it. */
const Plan = ({ plan }: { readonly plan: PlanDocument }) => (
  <section aria-label={say('Plan of {0}', plan.uri)}>
    <h2>
      {sayWith('Plan of {0}', <code>{plan.uri}</code>)}
      {plan.attempt > 1 && say(', attempt {0}', plan.attempt)}
    </h2>
    <Facts
      pairs={[
        [say('table'), plan.source],
        [say('key'), plan.key],
        [say('ranges'), counted(plan.rangeCount)],
        [say('readers'), `${counted(plan.readers)}, CONSISTENCY ${plan.consistency}`],
        [say('estimate'), estimateText(plan)],
        ...plan.access.map((access): [string, string] => [say('access'), access]),
      ]}
    />
    <Scroll label={say('The ranges')}>
      <table>
        <TableHead names={['Range', 'Rows with', 'Estimated rows']} numbers={['Estimated rows']} />
        <tbody>
          {plan.ranges.map(({ number, where, rows }) => (
            <tr key={number}>
              <td>{number}</td>
              <td>
                <code>{where}</code>
              </td>
              <td class="number">{rows === null ? '–' : counted(Math.round(rows))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
    {plan.ranges.length < plan.rangeCount && (
      <p class="warning">
        {say(
          'Only the first {0} of {1} ranges are shown.',
          counted(plan.ranges.length),
          counted(plan.rangeCount),
        )}
      </p>
    )}
  </section>
)

const estimateText = ({ rows, bytes }: Pick<PlanDocument, 'rows' | 'bytes'>): string | null =>
  rows === null
    ? null
    : bytes === null
      ? say('about {0} rows', counted(Math.round(rows)))
      : say('about {0} rows, {1} in the server', counted(Math.round(rows)), bytesText(bytes))

const Sql = ({ tokens }: { readonly tokens: readonly Token[] }) => (
  <Scroll label={say('The task')}>
    <pre class="code">
      {tokens.map((token, at) =>
        token.kind === 'space' || token.kind === 'word' || token.kind === 'symbol' ? (
          token.text
        ) : (
          <span
            key={at}
            class={`sql-${token.kind}`}
            title={token.kind === 'parameter' ? token.text : undefined}
          >
            {token.value ?? token.text}
          </span>
        ),
      )}
    </pre>
  </Scroll>
)

const File = ({
  file: { path, text, bytes, isCut },
}: {
  readonly file: StatementDocument['files'][number]
}) => (
  <section>
    <h2>
      <code>{path}</code> {bytesText(bytes)}
    </h2>
    {text === null ? <p>{say('It is not text.')}</p> : <pre class="code">{text}</pre>}
    {isCut && <p class="warning">{say('Only the first 1 MiB is shown.')}</p>}
  </section>
)
