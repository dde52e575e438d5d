// npm run docs:site: makes site/dist of the Markdown files of the repository. All that its pages load is in that folder.
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vitepress'
import { PAGES } from './sections.mjs'

const site = fileURLToPath(new URL('.', import.meta.url))
const root = join(site, '..')
const pages = join(site, 'pages')
/** Other files of the repository to which pages link, with the path of the page that shows each of them. */
const files = new Map()
const paths = new Map(PAGES.map(({ source, path }) => [source, `/${path}.md`]))

await rm(pages, { recursive: true, force: true })
await mkdir(pages)
await cp(join(root, 'docs/pictures'), join(pages, 'pictures'), { recursive: true })
await refuseMissingPages()
for (const { source, path } of PAGES)
  await writeFile(join(pages, `${path}.md`), pageOf(source, await readFile(join(root, source), 'utf8')))
for (const [file, path] of files) await writeCode(file, path)
await build(site)

/** Each page of docs/ has a place in the sidebar. */
async function refuseMissingPages() {
  const names = (await readdir(join(root, 'docs'))).filter(name => name.endsWith('.md'))
  const missing = names.filter(name => !paths.has(`docs/${name}`))
  if (missing.length > 0)
    throw new Error(`site/sections.mjs has no place for ${missing.map(name => `docs/${name}`).join(', ')}`)
}

/** The same Markdown with the links of the site, and without comments. Code stays as it is. */
function pageOf(source, markdown) {
  const parts = markdown.split(/(^```.*?^```$|`(?:[^`\n]|\n(?!\n))+`)/gms)
  return parts.map((part, index) => (index % 2 === 1 ? part : textOf(source, part))).join('')
}

function textOf(source, markdown) {
  return markdown
    .replaceAll(/^<!--.*-->$/gm, '')
    .replaceAll(/\]\((?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?\)/g, (_, file, anchor = '') => {
      return `](${linkOf(source, file)}${anchor})`
    })
}

/** The link of a page, a picture, or another file. */
function linkOf(source, file) {
  const target = posix.join(posix.dirname(source), file)
  if (paths.has(target)) return paths.get(target)
  if (target.startsWith('docs/pictures/')) return `/${target.slice('docs/'.length)}`
  if (target.endsWith('.md')) throw new Error(`${source} links to ${target}, which is no page of the site`)
  const path = target.replaceAll('.', '-')
  files.set(target, path)
  return `/${path}.md`
}

async function writeCode(file, path) {
  const code = await readFile(join(root, file), 'utf8')
  await mkdir(join(pages, posix.dirname(path)), { recursive: true })
  await writeFile(
    join(pages, `${path}.md`),
    `# ${posix.basename(file)}\n\n\`\`\`${posix.extname(file).slice(1)}\n${code}\`\`\`\n`,
  )
}
