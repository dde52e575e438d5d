import { render } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { SessionDocument } from '../documents.ts'
import { takeToken } from './client.ts'
import { moveFocus, SHORTCUTS } from './keys.ts'
import { language, say, setLanguage, type Text } from './language.ts'
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
const OTHER = { en: 'ja', ja: 'en' } as const
const NAMES = { en: 'English', ja: '日本語' } as const

function Page() {
  const route = useRoute()
  const session = usePolled<SessionDocument>('/api/session', SESSION_MS)
  const [hasHelp, setHelp] = useState(false)
  useEffect(() => {
    document.title = [
      route.subject,
      ...TABS.filter(([view]) => view === route.view).map(([, label]) => say(label)),
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
  const content = useContentFocus(route)
  const { document: known, problem } = session
  if (known === null && problem?.code === 'AUTHENTICATION')
    return (
      <main>
        <ProblemBox problem={problem} title={say('This page needs its token')} />
      </main>
    )
  return (
    <>
      <Header session={known} route={route} help={() => setHelp(true)} />
      {known?.problem && <ProblemBox problem={known.problem} title={say('The store cannot be read now')} />}
      <div id="content" ref={content}>
        <Content route={route} session={known} />
      </div>
      {hasHelp && <Help onClose={() => setHelp(false)} />}
    </>
  )
}

/** Gives the focus to the content when the link that the user followed is gone, and the focus with it. */
function useContentFocus({ view, subject }: Route) {
  const content = useRef<HTMLDivElement>(null)
  const isFirst = useRef(true)
  useEffect(() => {
    if (content.current === null) return
    content.current.tabIndex = -1
    if (!isFirst.current && document.activeElement === document.body) content.current.focus()
    isFirst.current = false
  }, [view, subject])
  return content
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
        {say('Skip to the content')}
      </a>
      <Link to={place('runs')} class="brand">
        batchquery
      </Link>
      <span class="home" title={session?.store ?? ''}>
        {session?.home ?? ''}
        {session?.isReadOnly === true && say(' (read-only)')}
      </span>
      <nav aria-label={say('Main')}>
        <Link to={place('runs')} aria-current={route.view === 'runs' ? 'page' : undefined}>
          {say('Runs')}
        </Link>
        <Link to={place('manual', 'README')} aria-current={route.view === 'manual' ? 'page' : undefined}>
          {say('Manual')}
        </Link>
        <button type="button" lang={OTHER[language()]} onClick={changeLanguage}>
          {NAMES[OTHER[language()]]}
        </button>
        <button type="button" onClick={help} aria-label={say('Keys')}>
          ?
        </button>
      </nav>
    </header>
  )
}

const TABS: readonly (readonly [View, Text])[] = [
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
    <main>
      <h1>
        {say('Run')} <code>{subject}</code>
      </h1>
      <nav class="tabs" aria-label={say('Run')}>
        {TABS.map(([tab, label]) => (
          <Link key={tab} to={place(tab, subject)} aria-current={tab === view ? 'page' : undefined}>
            {say(label)}
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
  <Dialog title={say('Keys')} onClose={onClose}>
    <dl class="keys">
      {SHORTCUTS.map(([keys, what]) => (
        <div key={keys}>
          <dt>
            <kbd>{keys}</kbd>
          </dt>
          <dd>{say(what)}</dd>
        </div>
      ))}
    </dl>
  </Dialog>
)

takeToken()
if (location.pathname === '/') go(place('runs'), 'replace')
const root = document.getElementById('page')

function draw(): void {
  document.documentElement.lang = language()
  if (root !== null) render(<Page key={language()} />, root)
}

function changeLanguage(): void {
  setLanguage(OTHER[language()])
  draw()
}

draw()
