import { spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nodeProgram, VERSIONS } from './nodes.mjs'
import { runQuietly, say } from './step.mjs'

/** Images that the tests of the image build and run, in podman's own storage. */
const IMAGES = { plain: 'localhost/batchquery-test:plain', python: 'localhost/batchquery-test:python' }
const BASE = 'localhost/batchquery-test:base'
/** The base with this version of Node. Another Node needs another base. */
const MADE = `localhost/batchquery-test-base:${VERSIONS[24]}`

/** Works also in a container: root may not raise limits, there is no systemd, and bridges lead nowhere. */
const CONTAINERS_CONF = `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
netns = "host"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
`

const script = 'scripts/setup/make-base-image.sh'

/** Builds the image in both variants, from the current sources. */
export async function prepareImages(root) {
  const folder = join(root, '.cache', 'image')
  const configuration = join(folder, 'containers.conf')
  await mkdir(folder, { recursive: true })
  await writeFile(configuration, CONTAINERS_CONF)
  process.env.CONTAINERS_CONF = configuration
  await prepareBase(root)
  say('building the image, plain and with Python')
  for (const [target, tag] of Object.entries(IMAGES)) {
    const own = ['--build-arg', `BASE=${BASE}`, '--target', target, '--tag', tag]
    await runQuietly({
      command: process.execPath,
      args: ['scripts/image/main.mjs', '--program', 'podman', ...own],
      cwd: root,
      what: 'building the image',
      byHand: `CONTAINERS_CONF=${configuration} npm run image -- --program podman ${own.join(' ')}`,
    })
  }
}

async function prepareBase(root) {
  if (spawnSync('podman', ['image', 'exists', MADE]).status !== 0) await makeBase(root)
  const tag = ['tag', MADE, BASE]
  const byHand = `podman ${tag.join(' ')}`
  await runQuietly({ command: 'podman', args: tag, cwd: root, what: 'naming the base of the image', byHand })
}

async function makeBase(root) {
  say('making the base of the image (Debian by debootstrap, half a minute)')
  const args = [script, nodeProgram(root, 24), MADE, 'podman']
  await runQuietly({
    ...{ command: 'sh', args, cwd: root },
    what: 'making the base of the image',
    byHand: `sh ${args.join(' ')}`,
  })
}
