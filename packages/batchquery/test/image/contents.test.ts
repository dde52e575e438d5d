import { expect, test } from 'vitest'
import { BASE_IMAGE, IMAGES, podman } from './podman.ts'

const MEBIBYTE = 1024 * 1024
/** The most that the runner may add to its base. */
const LARGEST = 25 * MEBIBYTE

const run = (image: string, ...command: string[]): Promise<string> => {
  const [program, ...args] = command
  return podman(
    'run',
    '--rm',
    '--network=none',
    '--read-only',
    '--cap-drop=all',
    '--entrypoint',
    program,
    image,
    ...args,
  )
}

const sizeOf = async (image: string): Promise<number> =>
  Number(await podman('image', 'inspect', '--format', '{{.Size}}', image))

test('starts the runner under tini, as an unprivileged user, with /tmp as its home', async () => {
  const [{ Config: config }] = JSON.parse(await podman('image', 'inspect', IMAGES.plain))
  expect(config).toMatchObject({
    User: '1000:1000',
    WorkingDir: '/tmp',
    Volumes: { '/tmp': {} },
    Labels: {
      'org.opencontainers.image.title': 'batchquery',
      'org.opencontainers.image.licenses': 'MIT',
      'org.opencontainers.image.version': '0.1.0',
    },
  })
  expect(config.Entrypoint).toEqual([
    '/usr/bin/tini',
    '--',
    'node',
    '--',
    '/opt/batchquery/node_modules/batchquery/bin/batchquery-task.js',
  ])
})

test('adds at most 25 MiB to its base', async () => {
  const added = (await sizeOf(IMAGES.plain)) - (await sizeOf(BASE_IMAGE))
  expect(added).toBeGreaterThan(0)
  expect(added).toBeLessThan(LARGEST)
})

test('ends with a usage error and says what it needs when it gets no task', async () => {
  await expect(podman('run', '--rm', '--network=none', '--read-only', IMAGES.plain)).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('hint: batchquery-task batchquery-s3 script/batchquery.sql'),
  })
})

test('uses S3 as the store when it is started by hand with only the command', async () => {
  await expect(
    podman('run', '--rm', '--network=none', '--read-only', IMAGES.plain, 'b', 'k'),
  ).rejects.toMatchObject({
    stderr: expect.stringMatching(/^error: Cannot read s3:\/\/b\/runs\/.*\nhint: Set AWS_REGION/),
  })
})

test('has the authorities of RDS for tasks in other languages', async () => {
  const pem = await run(IMAGES.plain, 'cat', '/opt/batchquery/rds-global-bundle.pem')
  expect(pem.match(/-----BEGIN CERTIFICATE-----/g)?.length).toBeGreaterThan(100)
})

test('does not let its user change the programs', async () => {
  const writable = 'find /opt /usr /etc -writable -not -type l 2>/dev/null || true'
  expect(
    await podman('run', '--rm', '--network=none', '--entrypoint', 'sh', IMAGES.plain, '-c', writable),
  ).toBe('')
})

test('has Python with the SDK and drivers for both databases in the variant', async () => {
  const imports = 'import boto3, psycopg2, pymysql; print("ok")'
  expect(await run(IMAGES.python, 'python3', '-c', imports)).toBe('ok')
})
