import { memo } from 'preact/compat'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { DownloadDocument, LogDocument, Problem } from '../../documents.ts'
import { spansOf } from '../ansi.ts'
import { getDocument, problemOf } from '../client.ts'
import { say } from '../language.ts'
import { CommandLine, ProblemBox, takesFocus } from '../pieces.tsx'
import { bytesText } from '../texts.ts'
import { LogSearch } from './log-search.tsx'

const LIVE_MS = 1_500
const PIECE_BYTES = 128 * 1024
/** The page has so many pieces of the log at once, so a log of any length stays fast. */
const MOST_PIECES = 6
const EDGE_PX = 400

/** The log as plain text. It follows the run as long as its end is in view. */
export function LogView({ id }: { readonly id: string }) {
  const [attempt, setAttempt] = useState('')
  const log = useLog(id, attempt)
  const { pieces, problem, isFollowing } = log
  const [last] = pieces.slice(-1)
  return (
    <>
      {problem !== null && <ProblemBox problem={problem} title={say('The log cannot be read now')} />}
      <div class="log-tools">
        <LogSearch id={id} attempt={attempt} jump={log.jump} />
        {last !== undefined && last.attempts.length > 1 && (
          <label>
            {say('Attempt')}
            <select
              value={attempt || String(last.attempt)}
              onChange={event => setAttempt(event.currentTarget.value)}
            >
              {last.attempts.map(number => (
                <option key={number}>{number}</option>
              ))}
            </select>
          </label>
        )}
        {last !== undefined && (
          <label class="position">
            {say('Position')}
            <input
              type="range"
              min={0}
              max={Math.max(1, last.bytes)}
              value={pieces[0]?.from ?? 0}
              onChange={event => log.jump(Number(event.currentTarget.value))}
            />
          </label>
        )}
        <button type="button" aria-pressed={isFollowing} onClick={log.follow}>
          {isFollowing ? say('Following the end') : say('Go to the end')}
        </button>
        <button type="button" onClick={() => void download(id, attempt)}>
          {say('Download')}
          {last === undefined ? '' : ` (${bytesText(last.bytes)})`}
        </button>
      </div>
      <LogText {...log} />
      {last !== undefined && <CommandLine command={last.command} />}
    </>
  )
}

async function download(id: string, attempt: string): Promise<void> {
  const query = attempt === '' ? '' : `?attempt=${attempt}`
  const { url } = await getDocument<DownloadDocument>(
    `/api/runs/${encodeURIComponent(id)}/log/download${query}`,
  )
  location.assign(url)
}

interface Log {
  /** Neighbors, in order. */
  readonly pieces: readonly LogDocument[]
  /** Changes when the pieces are at another place of the log. */
  readonly place: number
  readonly problem: Problem | null
  readonly isFollowing: boolean
  /** Shows the end, and then what is added. */
  readonly follow: () => void
  readonly jump: (position: number) => void
  readonly earlier: () => void
  readonly later: () => void
  readonly unfollow: () => void
}

type Shown = Pick<Log, 'pieces' | 'place'>

/** Asks for pieces of a log. An answer counts only if the user has not gone to another place since. */
function usePieces(id: string, attempt: string) {
  const [problem, setProblem] = useState<Problem | null>(null)
  const isAsking = useRef(false)
  const turn = useRef(0)
  /** @returns null if it failed, or if the answer does not count */
  const ask = async (query: Record<string, string>): Promise<LogDocument | null> => {
    const own = turn.current
    isAsking.current = true
    try {
      const chosen = new URLSearchParams({
        bytes: String(PIECE_BYTES),
        ...(attempt !== '' && { attempt }),
        ...query,
      })
      const piece = await getDocument<LogDocument>(`/api/runs/${encodeURIComponent(id)}/log?${chosen}`)
      if (own !== turn.current) return null
      setProblem(null)
      return piece
    } catch (thrown) {
      if (own === turn.current) setProblem(problemOf(thrown))
      return null
    } finally {
      if (own === turn.current) isAsking.current = false
    }
  }
  return { problem, isAsking, turn, ask }
}

function useLog(id: string, attempt: string): Log {
  const [{ pieces, place }, setShown] = useState<Shown>({ pieces: [], place: 0 })
  const [isFollowing, setFollowing] = useState(true)
  const { problem, isAsking, turn, ask } = usePieces(id, attempt)
  const setPieces = (next: readonly LogDocument[]) => setShown({ pieces: next, place })
  const show = async (query: Record<string, string>) => {
    turn.current++
    const piece = await ask(query)
    if (piece !== null) setShown({ pieces: [piece], place: turn.current })
  }
  const later = async () => {
    if (isAsking.current) return
    const [last] = pieces.slice(-1)
    if (last === undefined) return show({})
    const piece = await ask({ from: String(last.to) })
    if (piece === null) return
    if (piece.layout !== last.layout || piece.attempt !== last.attempt) return show({})
    setPieces(
      piece.text === ''
        ? [...pieces.slice(0, -1), { ...last, bytes: piece.bytes, isComplete: piece.isComplete }]
        : [...pieces, piece].slice(-MOST_PIECES),
    )
  }
  const earlier = async () => {
    const [first] = pieces
    if (isAsking.current || first === undefined || first.from === 0) return
    const from = Math.max(0, first.from - PIECE_BYTES)
    const piece = await ask({ from: String(from), bytes: String(first.from - from), seek: '1' })
    if (piece !== null && piece.layout === first.layout) setPieces([piece, ...pieces].slice(0, MOST_PIECES))
  }
  useEffect(() => {
    setPieces([])
    setFollowing(true)
    void show({})
  }, [id, attempt])
  const isOver = pieces.at(-1)?.isComplete === true && pieces.at(-1)?.to === pieces.at(-1)?.bytes
  useEffect(() => {
    if (!isFollowing || isOver) return
    const timer = setTimeout(() => void later(), LIVE_MS)
    return () => clearTimeout(timer)
  }, [pieces, isFollowing, isOver, problem])
  return {
    ...{ pieces, place, problem, isFollowing },
    follow: () => {
      setFollowing(true)
      void show({})
    },
    jump: position => {
      setFollowing(false)
      void show({ from: String(position), seek: '1' })
    },
    earlier: () => void earlier(),
    later: () => void later(),
    unfollow: () => setFollowing(false),
  }
}

/** Loads the pieces before and behind as the user scrolls. */
function LogText({ pieces, place, isFollowing, earlier, later, unfollow }: Log) {
  const box = useRef<HTMLDivElement>(null)
  const height = useRef(0)
  useEffect(() => takesFocus(box.current), [])
  useLayoutEffect(() => {
    const { current } = box
    if (current === null) return
    if (isFollowing) current.scrollTop = current.scrollHeight
  }, [pieces, isFollowing])
  useLayoutEffect(() => {
    height.current = 0
    if (!isFollowing) box.current?.scrollTo(0, 0)
  }, [place])
  const firstFrom = pieces[0]?.from
  useLayoutEffect(() => {
    const { current } = box
    // Text that comes in above must not move what is read.
    if (current !== null && !isFollowing && height.current > 0 && current.scrollTop < EDGE_PX)
      current.scrollTop += Math.max(0, current.scrollHeight - height.current)
    height.current = current?.scrollHeight ?? 0
  }, [firstFrom])
  const scrolled = () => {
    const { current } = box
    if (current === null) return
    height.current = current.scrollHeight
    const below = current.scrollHeight - current.scrollTop - current.clientHeight
    if (isFollowing && below > EDGE_PX) unfollow()
    if (current.scrollTop < EDGE_PX) earlier()
    if (!isFollowing && below < EDGE_PX) later()
  }
  return (
    <div class="log" ref={box} onScroll={scrolled} role="log" aria-label={say('Log')} aria-live="off">
      {pieces.map(piece => (
        <Piece key={piece.from} text={piece.text} />
      ))}
      {pieces.length > 0 && pieces.every(({ text }) => text === '') && (
        <p class="empty">{say('The log is empty.')}</p>
      )}
    </div>
  )
}

const Piece = memo(({ text }: { readonly text: string }) => (
  <pre class="piece">
    {text.split('\n').map((line, at, lines) => [
      spansOf(line).map(({ text: words, classes }, place) =>
        classes === '' ? (
          words
        ) : (
          <span key={place} class={classes}>
            {words}
          </span>
        ),
      ),
      at < lines.length - 1 ? '\n' : '',
    ])}
  </pre>
))
