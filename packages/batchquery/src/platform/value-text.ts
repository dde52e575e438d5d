/**
 * The text of a file or secret that contains a value: a password, a token. Reports what editors and shells add to
 * files, because it would become an invisible part of the value.
 */
export type ValueText = { readonly text: string; readonly fault: null } | { readonly fault: string }

export const MARKED = 'begins with a byte order mark (BOM)'

export function readValueText(bytes: Uint8Array): ValueText {
  if (isUtf16(bytes)) return { fault: 'is UTF-16' }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return isMarkedText(text) ? { fault: MARKED } : { text, fault: null }
  } catch {
    return { fault: 'is not UTF-8' }
  }
}

export const isMarkedText = (text: string): boolean => text.startsWith('\ufeff')

const isUtf16 = ([first, second]: Uint8Array): boolean =>
  (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)

/** Files end with a line feed, and secrets are often made from files. */
export const withoutLineFeed = (text: string): string => text.replace(/\r?\n$/, '')

export const SAVE_AGAIN = "Save it in UTF-8 without BOM: printf %s 'VALUE' > FILE."
