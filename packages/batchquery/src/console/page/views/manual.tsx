import { useEffect, useRef } from 'preact/hooks'
import type { ManualDocument } from '../../documents.ts'
import { say } from '../language.ts'
import { Link, ProblemBox, Scroll } from '../pieces.tsx'
import { usePolled } from '../polled.ts'
import { place } from '../router.ts'

/** A page of the manual that is in the package. @param at a text of the page to show first */
export function ManualView({ topic, at }: { readonly topic: string; readonly at: string }) {
  const { document, problem } = usePolled<ManualDocument>(
    `/api/manual/${encodeURIComponent(topic || 'README')}`,
    null,
  )
  const mark = useRef<HTMLElement>(null)
  useEffect(() => mark.current?.scrollIntoView({ block: 'start' }), [document])
  if (document === null)
    return (
      <main>
        {problem === null ? <p class="loading">{say('loading …')}</p> : <ProblemBox problem={problem} />}
      </main>
    )
  const start = at === '' ? -1 : document.text.indexOf(at)
  return (
    <main class="manual">
      <nav aria-label={say('Pages of the manual')}>
        {document.topics.map(({ name, summary }) => (
          <Link
            key={name}
            to={place('manual', name)}
            title={summary}
            aria-current={name === document.topic ? 'page' : undefined}
          >
            {name}
          </Link>
        ))}
      </nav>
      <Scroll label={document.summary}>
        <pre>
          {start === -1 ? (
            document.text
          ) : (
            <>
              {document.text.slice(0, start)}
              <mark ref={mark}>{at}</mark>
              {document.text.slice(start + at.length)}
            </>
          )}
        </pre>
      </Scroll>
    </main>
  )
}
