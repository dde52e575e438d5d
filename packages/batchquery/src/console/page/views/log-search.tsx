import { useState } from 'preact/hooks'
import type { LogMatch, LogMatchesDocument, Problem } from '../../documents.ts'
import { getDocument, problemOf } from '../client.ts'
import { say } from '../language.ts'
import { ProblemBox } from '../pieces.tsx'
import { counted } from '../texts.ts'

interface Found {
  readonly text: string
  readonly matches: readonly LogMatch[]
  readonly next: number | null
}

/** Finds lines of the whole log, also of its parts that the page does not have. */
export function LogSearch({
  id,
  attempt,
  jump,
}: {
  readonly id: string
  readonly attempt: string
  readonly jump: (position: number) => void
}) {
  const [text, setText] = useState('')
  const [found, setFound] = useState<Found | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const search = async (before: Found | null): Promise<void> => {
    setProblem(null)
    if (text === '') return setFound(null)
    try {
      const query = new URLSearchParams({
        text,
        from: String(before?.next ?? 0),
        ...(attempt !== '' && { attempt }),
      })
      const { matches, next } = await getDocument<LogMatchesDocument>(
        `/api/runs/${encodeURIComponent(id)}/log/search?${query}`,
      )
      setFound({ text, matches: [...(before?.matches ?? []), ...matches], next })
    } catch (thrown) {
      setProblem(problemOf(thrown))
    }
  }
  const submit = (event: Event) => {
    event.preventDefault()
    void search(null)
  }
  return (
    <search class="log-search">
      <form onSubmit={submit}>
        <label>
          {say('Search')}
          <input
            id="search"
            type="search"
            value={text}
            onInput={event => setText(event.currentTarget.value)}
          />
        </label>
        <button type="submit">{say('Find')}</button>
      </form>
      {problem !== null && <ProblemBox problem={problem} />}
      {found !== null && (
        <div class="matches" aria-live="polite">
          <p>
            {found.matches.length === 1
              ? say('1 line with “{0}”', found.text)
              : say('{0} lines with “{1}”', counted(found.matches.length), found.text)}
            {found.next !== null && (
              <>
                {say(' so far ')}
                <button type="button" onClick={() => void search(found)}>
                  {say('Search on')}
                </button>
              </>
            )}
          </p>
          <ol>
            {found.matches.map(({ from, line }) => (
              <li key={from}>
                <button type="button" class="match" onClick={() => jump(from)}>
                  {line}
                </button>
              </li>
            ))}
          </ol>
        </div>
      )}
    </search>
  )
}
