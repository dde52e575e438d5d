import { expect, test } from 'vitest'
import { s3Proxy } from '../faults/s3-proxy.ts'
import { adminClient, freshBucket, openUploads, taskEnvironment } from '../setup/s3-client.ts'
import { type Started, Workspace } from './workspace.ts'

test('doctor prints a line without colors for every check, and leaves no file, when nothing is configured', async () => {
  const workspace = await Workspace.create()
  const { code, stdout, stderr } = await workspace.run(['doctor'])
  expect(code).toBe(0)
  for (const line of stdout.trimEnd().split('\n')) expect(line).toMatch(/^(ok {5}|skipped) {2}[a-z.]+ +\S/)
  expect(stderr).toMatch(/^no check failed: \d+ ok, 0 failed, 1 skipped, 0 warnings$/m)
  expect(await workspace.files('.')).toEqual([])
})

test('the exit code is that of the first failed check, and its repair follows it', async () => {
  const workspace = await Workspace.create()
  const { code, stdout, stderr } = await workspace.run(['doctor', '-d', 'mysql://u@127.0.0.1:1/db'])
  expect(code).toBe(1)
  expect(stdout).toMatch(
    /^failed {3}database\.tcp .*\n +error: cannot reach 127\.0\.0\.1:1.*\n +hint: .*No program listens/m,
  )
  expect(stdout).toMatch(/^skipped {2}database\.login +database\.tcp failed$/m)
  expect(stderr).toContain('the first failed check is database.tcp')
})

test.each(['created', 'staged', 'export.part_00000'])(
  'Ctrl-C while %s is written: nothing stays',
  async name => {
    const bucket = await freshBucket()
    const proxy = await s3Proxy()
    const workspace = await Workspace.create()
    let started: Started | undefined
    const url = new RegExp(`/output/doctor-[^/]+/${name}[?]`)
    const call = () => started?.signal('SIGINT')
    proxy.fail({ url, nth: [1], fault: { kind: 'call', when: 'after', call } })
    started = workspace.start(['doctor'], {
      environment: { ...(await taskEnvironment(bucket)), AWS_ENDPOINT_URL_S3: proxy.endpoint },
    })
    expect(await started.ended).toMatchObject({ code: 130 })
    const { Contents = [] } = await adminClient().listObjectsV2({ Bucket: bucket })
    expect(Contents).toEqual([])
    expect(await openUploads(bucket)).toEqual([])
  },
)
