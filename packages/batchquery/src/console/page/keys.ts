import type { Text } from './language.ts'
import { go, place } from './router.ts'

export const SHORTCUTS: readonly (readonly [keys: string, what: Text])[] = [
  ['j', 'the next run of a list'],
  ['k', 'the run before it'],
  ['Enter', 'open it'],
  ['/', 'search'],
  ['r', 'the list of runs'],
  ['Esc', 'close a dialog, leave a field'],
  ['?', 'these keys'],
]

/** Acts on a key, unless the user writes into a field. */
export function moveFocus(event: KeyboardEvent, help: () => void): void {
  const { target, key } = event
  if (event.metaKey || event.ctrlKey || event.altKey) return
  if (target instanceof HTMLElement && /^(?:INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) {
    if (key === 'Escape') target.blur()
    return
  }
  if (document.querySelector('dialog[open]') !== null) return
  const actions: Readonly<Record<string, () => void>> = {
    j: () => focusRun(1),
    k: () => focusRun(-1),
    '/': () => document.getElementById('search')?.focus(),
    r: () => go(place('runs')),
    '?': help,
  }
  const action = Object.hasOwn(actions, key) ? actions[key] : undefined
  if (action === undefined) return
  event.preventDefault()
  action()
}

function focusRun(step: number): void {
  const links = [...document.querySelectorAll<HTMLElement>('tbody th a')]
  const { activeElement } = document
  const at = activeElement instanceof HTMLElement ? links.indexOf(activeElement) : -1
  const next = links[at === -1 ? 0 : Math.min(links.length - 1, Math.max(0, at + step))]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
}
