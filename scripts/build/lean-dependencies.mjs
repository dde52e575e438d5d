import { readFile } from 'node:fs/promises'

const SCHEMAS = /@aws-sdk[\\/]client-[\w-]+[\\/]dist-es[\\/]schemas[\\/]schemas_\d+\.js$/
const CONSTANT = /^const (_\w+) = ("(?:[^"\\]|\\.)*");$/gm
const COMPUTED_KEY = /\[(_\w+)\]:/g

/**
 * A plugin of esbuild. The SDK's schemas are lists with keys such as `[_hQ]`, a constant of the same file. A computed
 * key may have side effects as far as esbuild can see, so it would keep every schema of a service: a megabyte for
 * EC2, although four operations are used. This plugin writes the keys out, so that esbuild drops the unused schemas.
 *
 * @type {import('esbuild').Plugin}
 */
export const plainKeys = {
  name: 'plain-keys',
  setup(build) {
    build.onLoad({ filter: SCHEMAS }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      const constants = new Map(Array.from(text.matchAll(CONSTANT), ([, name, value]) => [name, value]))
      const contents = text.replaceAll(COMPUTED_KEY, (key, name) =>
        constants.has(name) ? `${constants.get(name)}:` : key,
      )
      return { contents, loader: 'js' }
    })
  },
}

/**
 * A plugin of esbuild. `long` compiles a module of WebAssembly when it is loaded, to divide numbers of 64 bits. That
 * takes a tenth of a program's start. Without WebAssembly it divides them in JavaScript, with the same result.
 *
 * @type {import('esbuild').Plugin}
 */
export const plainLong = {
  name: 'plain-long',
  setup(build) {
    build.onLoad({ filter: /[\\/]node_modules[\\/]long[\\/](umd[\\/])?index\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      return { contents: text.replaceAll('WebAssembly.', 'undefined.'), loader: 'js' }
    })
  },
}
