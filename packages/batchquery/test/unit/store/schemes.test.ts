import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { Log } from '../../../src/platform/index.ts'
import {
  DirectoryStore,
  locate,
  namesFiles,
  openStore,
  S3Store,
  storeFolder,
  storeSetting,
} from '../../../src/store/index.ts'

const HOME = new DirectoryStore(join(tmpdir(), 'home'))
const SILENT = new Log('quiet', () => {})

describe('an address', () => {
  test.each([
    ['s3://b/a/k', 's3://b/a/k'],
    ['s3-eu-west-1://b/a/k', 's3-eu-west-1://b/a/k'],
  ])('is in the home store when it is %s', (text, uri) => {
    expect(locate(text, { store: HOME, folder: null })).toEqual({ store: HOME, bucket: 'b', key: 'a/k', uri })
    expect(namesFiles(text)).toBe(false)
  })

  test.each(['./b/k', 'b/k', '/folder/b/k', 'file:///folder/b/k'])('is a file when it is %s', text => {
    const found = locate(text, { store: HOME, folder: '/folder' })
    expect(found).toMatchObject({ bucket: 'b', key: 'k', uri: pathToFileURL('/folder/b/k').href })
    expect(found.store).toMatchObject({ name: '/folder', capabilities: { folder: '/folder' } })
    expect(namesFiles(text)).toBe(true)
  })

  test('is refused when it is a file and files do not outlive the run', () => {
    expect(() => locate('./b/k', { store: HOME, folder: null })).toThrowError(
      expect.objectContaining({ code: 'UNSUPPORTED_CLAUSE' }),
    )
  })
})

test('a setting opens the store that it names', () => {
  const directory = storeSetting('./data', '/folder')
  expect(directory).toBe('/folder/data')
  expect(openStore(directory, SILENT)).toBeInstanceOf(DirectoryStore)
  expect(storeFolder(directory)).toBe('/folder/data')
  expect(openStore(storeSetting('s3', '/folder'), SILENT)).toBeInstanceOf(S3Store)
  expect(storeFolder('s3')).toBeNull()
})
