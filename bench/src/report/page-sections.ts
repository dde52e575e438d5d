/** The page with this section in place of its former version. A page without one gets it after its first part. */
export function withSection(page: string, section: string): string {
  const text = section.trim()
  const heading = `${text.split('\n', 1)[0]}\n`
  const start = page.indexOf(heading)
  if (start >= 0) {
    const end = page.indexOf('\n## ', start + 1)
    return `${page.slice(0, start)}${text}\n${end < 0 ? '' : page.slice(end)}`
  }
  const first = page.indexOf('\n## ')
  return first < 0
    ? `${page.trimEnd()}\n\n${text}\n`
    : `${page.slice(0, first + 1)}${text}\n${page.slice(first)}`
}

/** The section of a page, with its heading. Null if there is none. */
export function sectionOf(page: string, heading: string): string | null {
  const start = page.indexOf(`${heading}\n`)
  if (start < 0) return null
  const end = page.indexOf('\n## ', start + 1)
  return page.slice(start, end < 0 ? undefined : end).trim()
}
