import { readFile } from 'node:fs/promises'
import { BatchQueryError } from '../../errors/index.ts'
import { packageFile } from '../../platform/index.ts'
import { readManual, TOPICS } from '../../platform/manual.ts'
import type { ManualDocument } from '../documents.ts'

const FOLDER = 'dist/programs/console'
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
}
const ASSET = /^\/assets\/([a-z][\w-]*\.(css|js))$/

/** A file of the page: a script or a style for `/assets/NAME`, the page itself for every other path. */
export async function pageFile(path: string): Promise<Response> {
  const [, name = 'index.html', type = 'html'] = ASSET.exec(path) ?? []
  if (path.startsWith('/assets/') && name === 'index.html') return missing()
  try {
    const bytes = await readFile(packageFile(`${FOLDER}/${name}`))
    return new Response(new Uint8Array(bytes), { headers: { 'content-type': TYPES[type] ?? 'text/plain' } })
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return missing()
    throw thrown
  }
}

const missing = (): Response =>
  new Response('The console has no such file.\n', {
    status: 404,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  })

/** A page of the manual in the package. @throws USAGE for a page that the package does not have */
export async function manualDocument(topic: string): Promise<ManualDocument> {
  // No file has the page of the exit codes: `help exit-codes` prints the codes.
  const topics = [...TOPICS].flatMap(([name, { summary }]) =>
    name === 'exit-codes' ? [] : { name, summary },
  )
  const found = topics.find(({ name }) => name === topic)
  if (found !== undefined) return { topic, summary: found.summary, text: await readManual(topic), topics }
  throw new BatchQueryError('USAGE', 'the manual has no such page', {
    hint: `Choose one: ${topics.map(({ name }) => name).join(', ')}.`,
  })
}
