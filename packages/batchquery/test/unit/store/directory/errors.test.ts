import { link, mkdir, mkdtemp, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { BatchQueryError } from '../../../../src/errors/index.ts'
import { explained } from '../../../../src/store/directory/errors.ts'
import { writeFully } from '../../../../src/store/directory/staging.ts'
import { newRoot } from './fixture.ts'

const failure = async (operation: () => Promise<unknown>): Promise<unknown> =>
  explained('write s3://b/k in the directory /store', operation).catch((thrown: unknown) => thrown)

/** An error as Node makes it, for errors that no system produces on demand. */
const systemError = (code: string, syscall: string): Error =>
  Object.assign(new Error(`${code}: as the system says, ${syscall} '/store/b/k'`), { code, syscall })

describe("the system's errors", () => {
  it('a write fails with STORE_FULL when the device is full', async () => {
    const full = await open('/dev/full', 'w')
    onTestFinished(() => full.close())
    expect(await failure(() => writeFully(full, Buffer.alloc(10), 5))).toMatchObject({
      code: 'STORE_FULL',
      message: 'Cannot write s3://b/k in the directory /store: ENOSPC: no space left on device, write',
      hint: expect.stringContaining('Make room'),
    })
  })

  it('a write fails with STORE_FAILED, not retryable, when a bucket spans two filesystems', async () => {
    const root = await newRoot()
    const other = await mkdtemp('/dev/shm/batchquery-')
    onTestFinished(() => rm(other, { recursive: true }))
    await writeFile(join(root, 'staged'), 'x')
    for (const move of [link, rename]) {
      expect(await failure(() => move(join(root, 'staged'), join(other, 'object')))).toMatchObject({
        code: 'STORE_FAILED',
        retryable: false,
        message: expect.stringContaining(join(other, 'object')),
        hint: expect.stringContaining('one filesystem'),
      })
    }
  })

  it('an operation fails with KEY_INVALID when a file is in the place of a folder, and the reverse', async () => {
    const root = await newRoot()
    await writeFile(join(root, 'file'), '')
    for (const clash of [
      () => mkdir(join(root, 'file')),
      () => readdir(join(root, 'file')),
      () => open(root, 'w'),
      () => mkdir(join(root, 'x'.repeat(256))),
    ]) {
      expect(await failure(clash)).toMatchObject({
        code: 'KEY_INVALID',
        hint: expect.stringContaining('Choose'),
      })
    }
  })

  it.each([
    ['EDQUOT', 'write', 'STORE_FULL', 'Make room'],
    ['EFBIG', 'write', 'STORE_FULL', 'Make room'],
    ['EROFS', 'open', 'PERMISSION', 'writable for the user'],
    ['EACCES', 'mkdir', 'PERMISSION', 'writable for the user'],
    ['EPERM', 'mkdir', 'PERMISSION', 'writable for the user'],
    ['EPERM', 'link', 'PERMISSION', 'hard links'],
    ['ELOOP', 'open', 'PERMISSION', 'symbolic links'],
    ['EMFILE', 'open', 'STORE_FAILED', 'ulimit -n'],
    ['ENFILE', 'open', 'STORE_FAILED', 'ulimit -n'],
    ['EIO', 'fdatasync', 'STORE_FAILED', 'healthy'],
    ['ESTALE', 'read', 'STORE_FAILED', 'healthy'],
    ['constructor', 'read', 'STORE_FAILED', 'healthy'],
  ])('%s of %s becomes %s', async (errno, syscall, code, hint) => {
    const cause = systemError(errno, syscall)
    expect(await failure(() => Promise.reject(cause))).toMatchObject({
      code,
      cause,
      message: `Cannot write s3://b/k in the directory /store: ${cause.message}`,
      hint: expect.stringContaining(hint),
    })
  })

  it('all other errors stay unchanged', async () => {
    for (const thrown of [new TypeError('a defect'), new BatchQueryError('OUTPUT_EXISTS', 'there'), 'text']) {
      expect(await failure(() => Promise.reject(thrown))).toBe(thrown)
    }
  })
})
