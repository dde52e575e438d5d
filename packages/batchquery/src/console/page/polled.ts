import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Problem } from '../documents.ts'
import { getDocument, problemOf } from './client.ts'

/** A document that the page asks for again and again. */
export interface Polled<T> {
  /** The last one that arrived; kept while the server cannot answer. */
  readonly document: T | null
  /** Why the last request failed; null if it did not. */
  readonly problem: Problem | null
  /** When the document arrived. */
  readonly at: number
  /** Asks now. */
  readonly refresh: () => void
}

/** A page in a hidden tab asks so rarely. */
const HIDDEN_MS = 15_000
/** After a failure. */
const RETRY_MS = 3_000

/**
 * Asks for a document until the component goes, or until the document is final.
 *
 * @param path null for nothing
 * @param everyMs between an answer and the next request; null asks once
 */
export function usePolled<T>(
  path: string | null,
  everyMs: number | null | ((document: T) => number | null),
): Polled<T> {
  const [answer, setAnswer] = useState<{ path: string; document: T; at: number } | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [turn, setTurn] = useState(0)
  const pause = useRef(everyMs)
  pause.current = everyMs
  useEffect(() => {
    if (path === null) return
    const abort = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const later = (ms: number) => {
      timer = setTimeout(ask, document.hidden ? Math.max(ms, HIDDEN_MS) : ms)
    }
    const ask = async () => {
      try {
        const found = await getDocument<T>(path, abort.signal)
        if (abort.signal.aborted) return
        setAnswer({ path, document: found, at: Date.now() })
        setProblem(null)
        const next = typeof pause.current === 'function' ? pause.current(found) : pause.current
        if (next !== null) later(next)
      } catch (thrown) {
        if (abort.signal.aborted) return
        setProblem(problemOf(thrown))
        later(RETRY_MS)
      }
    }
    const seen = () => {
      if (document.hidden) return
      clearTimeout(timer)
      void ask()
    }
    void ask()
    addEventListener('visibilitychange', seen)
    return () => {
      abort.abort()
      clearTimeout(timer)
      removeEventListener('visibilitychange', seen)
    }
  }, [path, turn])
  const refresh = useCallback(() => setTurn(number => number + 1), [])
  const isCurrent = answer !== null && answer.path === path
  return { document: isCurrent ? answer.document : null, problem, at: answer?.at ?? 0, refresh }
}
