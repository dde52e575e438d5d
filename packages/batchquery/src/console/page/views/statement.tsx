import type { StatementDocument, Token } from '../../documents.ts'
import { CommandLine, Facts, ProblemBox, Scroll } from '../pieces.tsx'
import { usePolled } from '../polled.ts'
import { bytesText } from '../texts.ts'

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
      {document.plan !== null && (
        <>
          <h2>Plan</h2>
          <pre class="code">{document.plan}</pre>
        </>
      )}
      {sql === null ? files.map(file => <File key={file.path} file={file} />) : <Sql tokens={sql.tokens} />}
      <CommandLine command={document.command} />
    </>
  )
}

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
