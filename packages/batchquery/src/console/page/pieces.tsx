import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { CostDocument, Problem, RunDocument, State } from '../documents.ts'
import { say, type Text } from './language.ts'
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

const WORDS: Readonly<Record<State | 'DEAD' | 'UNKNOWN', Text>> = {
  QUEUED: 'queued',
  RUNNING: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  DEAD: 'dead',
  UNKNOWN: 'unknown',
}

export const stateText = (state: State): string => say(WORDS[state])

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
      <span aria-hidden="true">{SHAPES[shown]}</span> {say(WORDS[shown])}
    </span>
  )
}

/** About what a run cost. */
export const Cost = ({ cost }: { readonly cost: CostDocument | null }) =>
  cost === null ? '–' : <span title={say('on demand, at the prices of {0}', cost.prices)}>{cost.text}</span>

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
      <h2>{title ?? say('Something went wrong')}</h2>
      <p>
        <code>{code}</code> {message}
      </p>
      {hint !== null && (
        <p>
          <strong>{say('Next step:')}</strong> {hint}
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
  return <Link to={place('manual', topic, at === '' ? {} : { at })}>{say('The manual explains it')}</Link>
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
      <strong>{say('Not current:')}</strong> {say('this is from {0}.', agoText(now - at))}{' '}
      <code>{problem.code}</code> {problem.message}
      {problem.hint !== null && <> {problem.hint}</>}
    </div>
  )
}

/** The same as a command line, to copy. */
export function CommandLine({
  command,
  label = say('Copy as CLI'),
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
        {isCopied ? say('Copied') : label}
      </button>
    </div>
  )
}

/** The names of a table's columns. Those of `numbers` stand at the right, as their values do. */
export function TableHead({
  names,
  numbers,
}: {
  readonly names: readonly Text[]
  readonly numbers: readonly Text[]
}) {
  return (
    <thead>
      <tr>
        {names.map(name => (
          <th key={name} scope="col" class={numbers.includes(name) ? 'number' : ''}>
            {say(name)}
          </th>
        ))}
      </tr>
    </thead>
  )
}

/** Labels and values. Pairs without a value are left out. @param lang of the labels, if it is not that of the page */
export function Facts({
  pairs,
  lang,
}: {
  readonly pairs: readonly (readonly [string, ComponentChildren])[]
  readonly lang?: 'en'
}) {
  return (
    <dl class="facts" lang={lang}>
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
        <button type="button" onClick={() => dialog.current?.close()} aria-label={say('Close')}>
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
