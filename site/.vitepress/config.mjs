import { readFile } from 'node:fs/promises'
import { defineConfig } from 'vitepress'
import { SECTIONS } from '../sections.mjs'

const { version } = JSON.parse(
  await readFile(new URL('../../packages/batchquery/package.json', import.meta.url), 'utf8'),
)

export default defineConfig({
  title: 'batchquery',
  description: 'SQL that runs for hours, as a task',
  base: process.env.BATCHQUERY_SITE_BASE ?? '/',
  srcDir: 'pages',
  outDir: 'dist',
  cacheDir: '.cache',
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    html: false,
    attrs: { disable: true },
    config: plainMarkdown,
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: SECTIONS.map(({ title, pages }) => ({
      text: title,
      items: pages.map(page => ({ text: page.title, link: `/${page.path === 'index' ? '' : page.path}` })),
    })),
    nav: [
      { text: 'SQL tasks', link: '/sql-tasks' },
      { text: version, link: '/changelog' },
    ],
  },
})

/** Braces are text, where Vue would see a template. A block of code may be indented instead of fenced. */
function plainMarkdown({ renderer }) {
  const { text, fence } = renderer.rules
  renderer.rules.text = (...given) => text(...given).replaceAll('{{', '&#123;&#123;')
  renderer.rules.code_block = (tokens, index, ...given) => {
    tokens[index].info = 'text'
    return fence(tokens, index, ...given)
  }
}
