import type { ComponentChildren } from 'preact'
import { ja } from './languages/ja.ts'

/** A text of the page, in English. Each has a translation, because the compiler refuses a text without one. `{0}` is replaced by a value. */
export type Text = keyof typeof ja
export type Language = 'en' | 'ja'

const CHOSEN = 'batchquery-language'

let current: Language = chosen() ?? (navigator.language.startsWith('ja') ? 'ja' : 'en')

/** The language of the page: as the user chose, otherwise that of the browser. Texts of the server, of tasks and of errors are as they are. */
export const language = (): Language => current

/** The page must be drawn again. */
export function setLanguage(next: Language): void {
  current = next
  localStorage.setItem(CHOSEN, next)
}

function chosen(): Language | null {
  const text = localStorage.getItem(CHOSEN)
  return text === 'en' || text === 'ja' ? text : null
}

const PLACE = /\{(\d)\}/

/** A text in the language of the page. */
export const say = (text: Text, ...values: readonly (string | number)[]): string =>
  translated(text)
    .split(PLACE)
    .map((piece, at) => (at % 2 === 0 ? piece : String(values[Number(piece)])))
    .join('')

/** The same with elements in it. */
export const sayWith = (text: Text, ...values: readonly ComponentChildren[]): ComponentChildren =>
  translated(text)
    .split(PLACE)
    .map((piece, at) => (at % 2 === 0 ? piece : values[Number(piece)]))

const translated = (text: Text): string => (current === 'ja' ? ja[text] : text)
