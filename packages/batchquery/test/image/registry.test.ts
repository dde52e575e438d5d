import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../setup/server-folder.ts'
import { IMAGES, podman } from './podman.ts'

let registry: ChildProcess
let folder: string
let pushed: string

beforeAll(async () => {
  const port = await freePort()
  folder = await mkdtemp(join(tmpdir(), 'batchquery-registry-'))
  const settings = join(folder, 'registry.yml')
  await writeFile(
    settings,
    JSON.stringify({
      version: 0.1,
      log: { level: 'error' },
      http: { addr: `127.0.0.1:${port}` },
      storage: { filesystem: { rootdirectory: join(folder, 'images') } },
    }),
  )
  registry = spawn('docker-registry', ['serve', settings], { stdio: 'ignore' })
  pushed = `127.0.0.1:${port}/batchquery:latest`
})

afterAll(async () => {
  await podman('image', 'rm', '--force', pushed)
  registry.kill()
  await once(registry, 'exit')
  await rm(folder, { recursive: true, force: true })
})

test('goes to a registry and comes back the same', async () => {
  await expect
    .poll(() =>
      fetch(`http://${dirname(pushed)}/v2/`).then(
        ({ status }) => status,
        () => 0,
      ),
    )
    .toBe(200)
  await podman('push', '--quiet', '--tls-verify=false', IMAGES.plain, `docker://${pushed}`)
  expect(await podman('pull', '--quiet', '--tls-verify=false', pushed)).toMatch(/^[0-9a-f]{64}$/)
  const layers = (image: string) =>
    podman('image', 'inspect', '--format', '{{.RootFS.Layers}} {{.Config}}', image)
  expect(await layers(pushed)).toBe(await layers(IMAGES.plain))
  await expect(podman('run', '--rm', '--network=none', pushed)).rejects.toMatchObject({ code: 2 })
})
