import { readFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, expect, test } from 'vitest'
import { PROGRAM, Workspace } from '../cli/workspace.ts'
import { BASE_IMAGE, CONTAINERS_CONF, IMAGES, podman } from './podman.ts'

const ROOT = join(import.meta.dirname, '../../../..')
const MEBIBYTE = 1024 * 1024

const page = await readFile(join(ROOT, 'docs/container.md'), 'utf8')

/** The user of this machine may have their own batchquery:latest. */
const OURS = 'localhost/batchquery-test:docs'

afterAll(() => podman('image', 'rm', '--force', OURS))

test('every command of docs/container.md runs unchanged and in order', async () => {
  const workspace = await Workspace.create()
  await workspace.write('batchquery', `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`)
  await execa('chmod', ['755', join(workspace.folder, 'batchquery')])
  await workspace.write('batchquery.yaml', `container: { image: "${OURS}", program: podman }\n`)
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block)
  expect(blocks).toHaveLength(2)
  const outputs: string[] = []
  for (const block of blocks) {
    // Without registries the base is our own.
    const build = `npm run image -- --program podman --build-arg BASE=${BASE_IMAGE} --tag ${OURS}`
    const commands = block.replace('npm run image', build)
    const { stdout } = await execa('bash', ['-euo', 'pipefail', '-s'], {
      input: commands,
      cwd: commands === block ? workspace.folder : ROOT,
      extendEnv: false,
      env: {
        PATH: [workspace.folder, dirname(process.execPath), process.env.PATH].join(delimiter),
        HOME: workspace.folder,
        CONTAINERS_CONF,
      },
    })
    outputs.push(stdout)
  }
  expect(outputs[1]).toBe('hello from tini')
})

test('the sizes in the document are true', async () => {
  const sizeOf = async (image: string) =>
    Number(await podman('image', 'inspect', '--format', '{{.Size}}', image))
  const base = await sizeOf(BASE_IMAGE)
  for (const variant of ['plain', 'python'] as const) {
    const said = Number(new RegExp(`^\\| \`${variant}\` .* (\\d+) MB \\|$`, 'm').exec(page)?.[1])
    expect(Math.abs((await sizeOf(IMAGES[variant])) - base - said * MEBIBYTE)).toBeLessThan(8 * MEBIBYTE)
  }
})
