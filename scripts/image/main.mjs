// Builds the container image: `npm run image`. Passes arguments to docker (or podman) build, as in `npm run image --
// --target python --tag batchquery:python` or `--platform linux/arm64`; --program chooses docker or podman. With
// --app-only it creates the folder that the image is built from, and builds nothing.
import { readFile } from 'node:fs/promises'
import { arch } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { execa } from 'execa'
import { makeApp } from './app.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const image = join(root, 'image')
const PROCESSORS = ['amd64', 'arm64']

const OWN = { 'app-only': { type: 'boolean' }, program: { type: 'string' } }
/** The builder's own options that this script reads. */
const SEEN = {
  platform: { type: 'string', default: `linux/${arch() === 'arm64' ? 'arm64' : 'amd64'}` },
  tag: { type: 'string', short: 't' },
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (thrown) {
  console.error(`image: ${thrown.message}`)
  process.exitCode = 1
}

/** @returns the exit code */
async function main(args) {
  const { values, tokens } = parseArgs({ args, strict: false, tokens: true, options: { ...OWN, ...SEEN } })
  const processor = values.platform.replace(/^linux\//, '')
  if (!PROCESSORS.includes(processor))
    throw new Error(`${values.platform}: write ${PROCESSORS.map(name => `linux/${name}`).join(' or ')}`)
  await makeApp(root, join(image, 'app'), processor)
  if (values['app-only']) return 0
  const { version } = JSON.parse(await readFile(join(root, 'packages/batchquery/package.json'), 'utf8'))
  const defaults = [
    '--build-arg',
    `VERSION=${version}`,
    ...(values.tag ? [] : ['--tag', 'batchquery:latest']),
  ]
  const { findProgram } = await import('../../packages/batchquery/dist/engine/container/program.js')
  const program = await findProgram(values.program, process.env)
  const { exitCode } = await execa(program, ['build', ...defaults, ...passedOn(args, tokens), image], {
    stdio: 'inherit',
    reject: false,
  })
  return exitCode ?? 1
}

/** The arguments without our own. */
function passedOn(args, tokens) {
  const ours = tokens.filter(({ name }) => name !== undefined && Object.hasOwn(OWN, name))
  const places = ours.flatMap(({ index, inlineValue }) =>
    inlineValue === false ? [index, index + 1] : [index],
  )
  return args.filter((_, at) => !places.includes(at))
}
