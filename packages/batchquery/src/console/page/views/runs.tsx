import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type {
  DetailsDocument,
  Problem,
  RunDetail,
  RunRow,
  RunsDocument,
  SessionDocument,
  State,
} from '../../documents.ts'
import { getDocument } from '../client.ts'
import { say } from '../language.ts'
import {
  CommandLine,
  Cost,
  Link,
  ProblemBox,
  StaleNote,
  StateMark,
  stateText,
  TableHead,
  takesFocus,
} from '../pieces.tsx'
import { usePolled } from '../polled.ts'
import { go, place, type Route } from '../router.ts'
import { bytesText, counted, durationText, timeText } from '../texts.ts'

const LIVE_MS = 2_000
/** The rows that the page asks for again and again: few, so that it appears soon. */
const PAGE = 500
/** The rows after them, which it asks for once, when the user scrolls. */
const OLDER = 2_000
const ROW_PX = 34
/** Rows above and below those that are seen. */
const MARGIN = 12
const DETAILS = 60

type Details = Readonly<Record<string, RunDetail | { readonly problem: Problem }>>

const STATES: readonly State[] = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED']

/** The runs, the newest first. Only the rows that are seen are in the page, and only their records are read. */
export function RunsView({
  route,
  session,
}: {
  readonly route: Route
  readonly session: SessionDocument | null
}) {
  const { state = '', task = '', database = '', since = '' } = route.query
  const query = new URLSearchParams(
    Object.entries({ state, task, database, since }).filter(([, value]) => value !== ''),
  )
  const first = usePolled<RunsDocument>(`/api/runs?${query}&limit=${PAGE}`, LIVE_MS)
  const older = useOlder(first.document, `${query}`)
  const rows = useMemo(() => [...(first.document?.rows ?? []), ...older.rows], [first.document, older.rows])
  const change = (name: string, value: string) =>
    go({ ...route, query: { ...route.query, [name]: value } }, 'replace')
  return (
    <main>
      <h1>{say('Runs')}</h1>
      <Filters query={route.query} databases={session?.databases ?? []} change={change} />
      <StaleNote {...first} />
      {first.document === null && first.problem !== null && <ProblemBox problem={first.problem} />}
      {first.document?.warnings.map(warning => (
        <p class="warning" key={warning}>
          {warning}
        </p>
      ))}
      {first.document !== null && rows.length === 0 && (
        <p class="empty">
          {say('No run matches. Start one:')} <code>batchquery run TASK.sql</code>
        </p>
      )}
      <RunTable rows={rows} more={older.more} />
      {first.document !== null && <CommandLine command={first.document.command} />}
    </main>
  )
}

/** The rows after those of the first document, as far as the user has scrolled. */
function useOlder(first: RunsDocument | null, key: string) {
  const [pages, setPages] = useState<{ key: string; rows: readonly RunRow[]; next: string | null } | null>(
    null,
  )
  const isAsking = useRef(false)
  const current = pages?.key === key ? pages : null
  const known = new Set(first?.rows.map(({ id }) => id))
  useEffect(() => {
    // Newer runs push rows out of the first document, and those must stay in the list.
    if (first !== null)
      setPages(last => (last?.key === key ? { ...last, rows: union(first.rows, last.rows) } : last))
  }, [first, key])
  const next = current === null ? (first?.next ?? null) : current.next
  const more = async () => {
    if (next === null || isAsking.current) return
    isAsking.current = true
    try {
      const found = await getDocument<RunsDocument>(
        `/api/runs?${key}&limit=${OLDER}&before=${encodeURIComponent(next)}`,
      )
      setPages({ key, rows: union(current?.rows ?? first?.rows ?? [], found.rows), next: found.next })
    } catch {
      // The next scroll asks again, and the poll of the first rows shows the problem.
    } finally {
      isAsking.current = false
    }
  }
  return { rows: (current?.rows ?? []).filter(({ id }) => !known.has(id)), more }
}

/** The newer rows, and the older ones that are not among them. */
function union(newer: readonly RunRow[], older: readonly RunRow[]): readonly RunRow[] {
  const ids = new Set(newer.map(({ id }) => id))
  return [...newer, ...older.filter(({ id }) => !ids.has(id))]
}

function Filters({
  query,
  databases,
  change,
}: {
  readonly query: Route['query']
  readonly databases: readonly string[]
  readonly change: (name: string, value: string) => void
}) {
  const text = (name: string, label: string, hint: string) => (
    <label>
      {label}
      <input
        id={name === 'task' ? 'search' : undefined}
        type={name === 'since' ? 'date' : 'search'}
        placeholder={hint}
        value={query[name] ?? ''}
        list={name === 'database' ? 'databases' : undefined}
        onChange={event => change(name, event.currentTarget.value)}
      />
    </label>
  )
  return (
    <search>
      <form class="filters" onSubmit={event => event.preventDefault()}>
        <label>
          {say('State')}
          <select value={query.state ?? ''} onChange={event => change('state', event.currentTarget.value)}>
            <option value="">{say('all')}</option>
            {STATES.map(state => (
              <option key={state} value={state}>
                {stateText(state)}
              </option>
            ))}
          </select>
        </label>
        {text('task', say('Task'), 'monthly/report.sql')}
        {text('database', say('Database'), say('name or host/name'))}
        {text('since', say('Since'), '')}
        <datalist id="databases">
          {databases.map(name => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </form>
    </search>
  )
}

function RunTable({ rows, more }: { readonly rows: readonly RunRow[]; readonly more: () => void }) {
  const box = useRef<HTMLElement>(null)
  const [range, setRange] = useState({ from: 0, to: 60 })
  const measure = () => {
    const { current } = box
    if (current === null) return
    const from = Math.max(0, Math.floor(current.scrollTop / ROW_PX) - MARGIN)
    const to = Math.ceil((current.scrollTop + current.clientHeight) / ROW_PX) + MARGIN
    setRange(last => (last.from === from && last.to === to ? last : { from, to }))
  }
  useEffect(() => {
    takesFocus(box.current)
    measure()
    addEventListener('resize', measure)
    return () => removeEventListener('resize', measure)
  }, [])
  useEffect(() => {
    if (range.to >= rows.length) more()
  }, [range.to, rows.length])
  const seen = rows.slice(range.from, range.to)
  const details = useDetails(seen)
  return (
    <section class="table" ref={box} onScroll={measure} aria-label={say('Runs')}>
      <table aria-rowcount={rows.length + 1}>
        <TableHead
          names={['State', 'Run', 'Task', 'Database', 'Rows', 'Size', 'Duration', 'Started', 'Cost']}
          numbers={['Rows', 'Size', 'Duration', 'Cost']}
        />
        <tbody>
          <Space height={range.from * ROW_PX} />
          {seen.map((row, at) => (
            <Row key={row.id} row={row} detail={row.detail ?? details[row.id]} index={range.from + at + 2} />
          ))}
          <Space height={Math.max(0, rows.length - range.to) * ROW_PX} />
        </tbody>
      </table>
    </section>
  )
}

const Space = ({ height }: { readonly height: number }) =>
  height === 0 ? null : (
    <tr class="space">
      <td colSpan={9} style={{ height: `${height}px`, padding: 0 }} />
    </tr>
  )

function Row({
  row,
  detail,
  index,
}: {
  readonly row: RunRow
  readonly detail: Details[string] | undefined
  readonly index: number
}) {
  const known = detail !== undefined && !('problem' in detail) ? detail : null
  const problem = detail !== undefined && 'problem' in detail ? detail.problem : null
  const text = (value: string | number | null | undefined) => value ?? ''
  return (
    <tr aria-rowindex={index} class="run-row">
      <td>
        <StateMark state={known?.state ?? row.state} isDead={known?.isDead ?? false} />
      </td>
      <th scope="row">
        <Link to={place('run', row.id)} title={row.id}>
          {row.id}
        </Link>
      </th>
      <td title={known?.taskUri ?? known?.task ?? row.task ?? ''}>
        {known !== null ? (
          <Link to={place('history', '', { task: known.task })}>{known.task}</Link>
        ) : (
          text(row.task)
        )}
      </td>
      <td>{text(known?.database ?? row.database)}</td>
      {problem !== null ? (
        <td colSpan={5} class="damaged" title={problem.hint ?? ''}>
          {problem.code}: {problem.message}
        </td>
      ) : (
        <>
          <td class="number">{known === null ? '' : counted(known.rows)}</td>
          <td class="number">{known === null ? '' : bytesText(known.bytes)}</td>
          <td class="number">{known === null ? '' : durationText(known.seconds)}</td>
          <td>{timeText(known?.startedAt ?? row.createdAt)}</td>
          <td class="number">{known === null ? '' : <Cost cost={known.cost} />}</td>
        </>
      )}
    </tr>
  )
}

/** The details of the rows that are seen, each asked for once. */
function useDetails(rows: readonly RunRow[]): Details {
  const [details, setDetails] = useState<Details>({})
  const asked = useRef(new Set<string>())
  const missing = rows.filter(({ id, detail }) => detail === null && !asked.current.has(id)).slice(0, DETAILS)
  const key = missing.map(({ id }) => id).join()
  useEffect(() => {
    if (key === '') return
    for (const { id } of missing) asked.current.add(id)
    const query = new URLSearchParams(missing.map(({ id }) => ['id', id]))
    getDocument<DetailsDocument>(`/api/details?${query}`).then(
      found => setDetails(known => ({ ...known, ...found.details })),
      () => {
        // The poll of the rows shows the problem. When it next renders them, they are asked for again.
        for (const { id } of missing) asked.current.delete(id)
      },
    )
  }, [key])
  return details
}
