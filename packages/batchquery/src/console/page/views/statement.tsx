import type { PlanDocument, StatementDocument, Token } from '../../documents.ts'
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
    return problem === null ? <p class="loading">loading …</p> : <ProblemBox problem={problem} />
  const { sql, files } = document
  return (
    <>
      <Facts
        pairs={[
          ['Task', <code>{document.uri}</code>],
          ['SHA-256', document.sha256 && <code>{document.sha256}</code>],
        ]}
      />
      {document.problem !== null && (
        <ProblemBox problem={document.problem} title="The text cannot be shown" />
      )}
      {sql?.problem && <ProblemBox problem={sql.problem} title="The statements cannot be read" />}
      {sql?.statements.map(
        ({ number, line, keyword, export: exported }) =>
          exported !== null && (
            <section key={number} aria-label={`Export of statement ${number}`}>
              <h2>
                Statement {number}, line {line}: {keyword}
              </h2>
              <Facts pairs={exported.map(({ label, value }) => [label, value])} />
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
  <section aria-label={`Plan of ${plan.uri}`}>
    <h2>
      Plan of <code>{plan.uri}</code>
      {plan.attempt > 1 && `, attempt ${plan.attempt}`}
    </h2>
    <Facts
      pairs={[
        ['divides', `${plan.source} by ${plan.key}`],
        ['ranges', counted(plan.rangeCount)],
        ['readers', `${counted(plan.readers)}, CONSISTENCY ${plan.consistency}`],
        ['estimate', estimateText(plan)],
        ...plan.access.map((access): [string, string] => ['access', access]),
      ]}
    />
    <Scroll label="The ranges">
      <table>
        <TableHead names={['Range', 'Rows with', 'Estimated rows']} numbers={['Range', 'Estimated rows']} />
        <tbody>
          {plan.ranges.map(({ number, where, rows }) => (
            <tr key={number}>
              <td class="number">{number}</td>
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
        Only the first {counted(plan.ranges.length)} of {counted(plan.rangeCount)} ranges are shown.
      </p>
    )}
  </section>
)

const estimateText = ({ rows, bytes }: Pick<PlanDocument, 'rows' | 'bytes'>): string | null =>
  rows === null
    ? null
    : `about ${counted(Math.round(rows))} rows${bytes === null ? '' : `, ${bytesText(bytes)} in the server`}`

const Sql = ({ tokens }: { readonly tokens: readonly Token[] }) => (
  <Scroll label="The task">
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
    {text === null ? <p>It is not text.</p> : <pre class="code">{text}</pre>}
    {isCut && <p class="warning">Only the first 1 MiB is shown.</p>}
  </section>
)
