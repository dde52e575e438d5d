import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { CostDocument, Problem, RunDocument, State } from '../documents.ts'
import { go, hrefOf, place, type Route } from './router.ts'
import { agoText } from './texts.ts'

/** A link within the page. The browser follows it if the user wants another tab or window. */
export function Link({
  to,
  children,
  ...rest
}: {
  readonly to: Route
  readonly children: ComponentChildren
  readonly class?: string
  readonly title?: string
  readonly 'aria-current'?: 'page' | undefined
}) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    go(to)
  }
  return (
    <a {...rest} href={hrefOf(to)} onClick={follow}>
      {children}
    </a>
  )
}

const SHAPES: Readonly<Record<State | 'DEAD' | 'UNKNOWN', string>> = {
  QUEUED: '◌',
  RUNNING: '▶',
  SUCCEEDED: '✓',
  FAILED: '✕',
  CANCELLED: '⊘',
  DEAD: '☠',
  UNKNOWN: '?',
}

/** A state by its word, its shape and its color. */
export function StateMark({
  state,
  isDead = false,
}: {
  readonly state: State | null
  readonly isDead?: boolean
}) {
  const shown = isDead ? 'DEAD' : (state ?? 'UNKNOWN')
  return (
    <span class={`state state-${shown.toLowerCase()}`}>
      <span aria-hidden="true">{SHAPES[shown]}</span> {isDead ? 'dead' : (state ?? 'unknown').toLowerCase()}
    </span>
  )
}

/** About what a run cost. */
export const Cost = ({ cost }: { readonly cost: CostDocument | null }) =>
  cost === null ? '–' : <span title={`on demand, at the prices of ${cost.prices}`}>{cost.text}</span>

/** A task by the name that the user gave it. It leads to the runs of the task. */
export const TaskLink = ({ task: { name, uri } }: { readonly task: RunDocument['task'] }) => (
  <Link to={place('history', '', { task: name })} title={uri}>
    {name}
  </Link>
)

/** An error of the catalog with its next step. */
export function ProblemBox({ problem, title }: { readonly problem: Problem; readonly title?: string }) {
  const { code, message, hint, manual } = problem
  return (
    <section class="problem" role="alert">
      <h2>{title ?? 'Something went wrong'}</h2>
      <p>
        <code>{code}</code> {message}
      </p>
      {hint !== null && (
        <p>
          <strong>Next step:</strong> {hint}
        </p>
      )}
      {manual !== null && (
        <p>
          <ManualLink manual={manual} />
        </p>
      )}
    </section>
  )
}

export function ManualLink({ manual }: { readonly manual: string }) {
  const [topic = '', at = ''] = manual.split('#')
  return <Link to={place('manual', topic, at === '' ? {} : { at })}>The manual explains it</Link>
}

/** The document is old, because the server or the store does not answer. */
export function StaleNote({ problem, at }: { readonly problem: Problem | null; readonly at: number }) {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  if (problem === null || at === 0) return null
  return (
    <div class="stale" role="status">
      <strong>Not current:</strong> this is from {agoText(now - at)}. <code>{problem.code}</code>{' '}
      {problem.message}
      {problem.hint !== null && <> {problem.hint}</>}
    </div>
  )
}

/** The same as a command line, to copy. */
export function CommandLine({
  command,
  label = 'Copy as CLI',
}: {
  readonly command: string
  readonly label?: string
}) {
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(command)
    setCopied(true)
    setTimeout(() => setCopied(false), 1500)
  }
  return (
    <div class="command">
      <code>{command}</code>
      <button type="button" onClick={copy} aria-label={`${label}: ${command}`}>
        {isCopied ? 'Copied' : label}
      </button>
    </div>
  )
}

/** The names of a table's columns. Those of `numbers` stand at the right, as their values do. */
export function TableHead({
  names,
  numbers,
}: {
  readonly names: readonly string[]
  readonly numbers: readonly string[]
}) {
  return (
    <thead>
      <tr>
        {names.map(name => (
          <th key={name} scope="col" class={numbers.includes(name) ? 'number' : ''}>
            {name}
          </th>
        ))}
      </tr>
    </thead>
  )
}

/** Labels and values. Pairs without a value are left out. */
export function Facts({ pairs }: { readonly pairs: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {pairs
        .filter(([, value]) => value !== null && value !== '')
        .map(([label, value], at) => (
          <div key={at}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}

/** A dialog that takes the focus, and gives it back. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const before = document.activeElement
    dialog.current?.showModal()
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    <dialog ref={dialog} aria-label={title} onClose={onClose}>
      <header>
        <h2>{title}</h2>
        <button type="button" onClick={() => dialog.current?.close()} aria-label="Close">
          ✕
        </button>
      </header>
      {children}
    </dialog>
  )
}

/** A region that scrolls by itself. The keyboard can scroll it, too, because it takes the focus. */
export function Scroll({
  label,
  name = 'scroll',
  children,
}: {
  readonly label: string
  readonly name?: string
  readonly children: ComponentChildren
}) {
  return (
    <section class={name} aria-label={label} ref={takesFocus}>
      {children}
    </section>
  )
}

export function takesFocus(element: HTMLElement | null): void {
  if (element !== null) element.tabIndex = 0
}
