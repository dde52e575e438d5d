import { useEffect, useState } from 'preact/hooks'
import { tokenFragment } from './client.ts'

export type View = 'runs' | 'run' | 'statement' | 'log' | 'result' | 'history' | 'compare' | 'manual'

/** The place of the page: a view, the run or topic that it shows, and what is chosen in it. */
export interface Route {
  readonly view: View
  /** The id of a run, or a topic. Empty for lists. */
  readonly subject: string
  readonly query: Readonly<Record<string, string>>
}

const OF_RUN: readonly View[] = ['statement', 'log', 'result']
const LISTS: readonly View[] = ['history', 'compare']

export function readRoute(path: string, search: string): Route {
  const query = Object.fromEntries(new URLSearchParams(search))
  const [first = '', subject = '', third = ''] = path.split('/').slice(1).map(decodeURIComponent)
  if (first === 'runs' && subject !== '')
    return { view: OF_RUN.find(view => view === third) ?? 'run', subject, query }
  if (first === 'manual') return { view: 'manual', subject, query }
  return { view: LISTS.find(view => view === first) ?? 'runs', subject: '', query }
}

/** The address of a place, without the token. */
export function pathOf({ view, subject, query }: Route): string {
  const names = {
    runs: '/runs',
    run: `/runs/${encodeURIComponent(subject)}`,
    manual: `/manual/${encodeURIComponent(subject)}`,
    history: '/history',
    compare: '/compare',
  }
  const path =
    view === 'statement' || view === 'log' || view === 'result' ? `${names.run}/${view}` : names[view]
  const chosen = Object.entries(query).filter(([, value]) => value !== '')
  return chosen.length === 0 ? path : `${path}?${new URLSearchParams(chosen)}`
}

export const place = (view: View, subject = '', query: Route['query'] = {}): Route => ({
  view,
  subject,
  query,
})

/** For links: it works in another tab, too. */
export const hrefOf = (route: Route): string => pathOf(route) + tokenFragment()

/** Goes to a place. @param how `replace` for a change within a view, which is no step back */
export function go(route: Route, how: 'push' | 'replace' = 'push'): void {
  const path = pathOf(route)
  if (how === 'push') history.pushState(null, '', path)
  else history.replaceState(null, '', path)
  dispatchEvent(new PopStateEvent('popstate'))
}

export function useRoute(): Route {
  const current = () => readRoute(location.pathname, location.search)
  const [route, setRoute] = useState(current)
  useEffect(() => {
    const changed = () => setRoute(current())
    addEventListener('popstate', changed)
    return () => removeEventListener('popstate', changed)
  }, [])
  return route
}
