import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { SessionDocument } from '../documents.ts'
import { takeToken } from './client.ts'
import { moveFocus, SHORTCUTS } from './keys.ts'
import { Dialog, Link, ProblemBox } from './pieces.tsx'
import { usePolled } from './polled.ts'
import { go, place, type Route, useRoute, type View } from './router.ts'
import { CompareView, HistoryView } from './views/history.tsx'
import { LogView } from './views/log.tsx'
import { ManualView } from './views/manual.tsx'
import { ResultView } from './views/result.tsx'
import { RunView } from './views/run.tsx'
import { RunsView } from './views/runs.tsx'
import { StatementView } from './views/statement.tsx'

const SESSION_MS = 10_000

function Page() {
  const route = useRoute()
  const session = usePolled<SessionDocument>('/api/session', SESSION_MS)
  const [hasHelp, setHelp] = useState(false)
  useEffect(() => {
    const title = { run: 'run', statement: 'statement', log: 'log', result: 'result' }
    document.title = [
      route.subject,
      Object.entries(title).find(([view]) => view === route.view)?.[1],
      'batchquery',
    ]
      .filter(word => word)
      .join(' · ')
  }, [route])
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => moveFocus(event, () => setHelp(true))
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])
  const { document: known, problem } = session
  if (known === null && problem?.code === 'AUTHENTICATION')
    return (
      <main>
        <ProblemBox problem={problem} title="This page needs its token" />
      </main>
    )
  return (
    <>
      <Header session={known} route={route} help={() => setHelp(true)} />
      {known?.problem && <ProblemBox problem={known.problem} title="The store cannot be read now" />}
      <Content route={route} session={known} />
      {hasHelp && <Help onClose={() => setHelp(false)} />}
    </>
  )
}

function Header({
  session,
  route,
  help,
}: {
  readonly session: SessionDocument | null
  readonly route: Route
  readonly help: () => void
}) {
  return (
    <header class="top">
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <Link to={place('runs')} class="brand">
        batchquery
      </Link>
      <span class="home" title={session?.store ?? ''}>
        {session?.home ?? ''}
        {session?.isReadOnly === true && ' (read-only)'}
      </span>
      <nav aria-label="Main">
        <Link to={place('runs')} aria-current={route.view === 'runs' ? 'page' : undefined}>
          Runs
        </Link>
        <Link to={place('manual', 'README')} aria-current={route.view === 'manual' ? 'page' : undefined}>
          Manual
        </Link>
        <button type="button" onClick={help} aria-label="Keys">
          ?
        </button>
      </nav>
    </header>
  )
}

const TABS: readonly (readonly [View, string])[] = [
  ['run', 'Run'],
  ['statement', 'Statement'],
  ['log', 'Log'],
  ['result', 'Result'],
]

function Content({ route, session }: { readonly route: Route; readonly session: SessionDocument | null }) {
  const { view, subject } = route
  if (view === 'runs') return <RunsView route={route} session={session} />
  if (view === 'history') return <HistoryView route={route} />
  if (view === 'compare') return <CompareView key={JSON.stringify(route.query)} route={route} />
  if (view === 'manual') return <ManualView topic={subject} at={route.query.at ?? ''} />
  return (
    <main id="content" class="of-run">
      <h1>
        Run <code>{subject}</code>
      </h1>
      <nav class="tabs" aria-label="Run">
        {TABS.map(([tab, label]) => (
          <Link key={tab} to={place(tab, subject)} aria-current={tab === view ? 'page' : undefined}>
            {label}
          </Link>
        ))}
      </nav>
      {view === 'run' && <RunView key={subject} id={subject} session={session} />}
      {view === 'statement' && <StatementView key={subject} id={subject} />}
      {view === 'log' && <LogView key={subject} id={subject} />}
      {view === 'result' && <ResultView key={subject} id={subject} session={session} />}
    </main>
  )
}

const Help = ({ onClose }: { readonly onClose: () => void }) => (
  <Dialog title="Keys" onClose={onClose}>
    <dl class="keys">
      {SHORTCUTS.map(([keys, what]) => (
        <div key={keys}>
          <dt>
            <kbd>{keys}</kbd>
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  </Dialog>
)

takeToken()
if (location.pathname === '/') go(place('runs'), 'replace')
const root = document.getElementById('page')
if (root !== null) render(<Page />, root)
