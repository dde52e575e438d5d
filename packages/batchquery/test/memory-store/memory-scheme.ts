import { BatchQueryError } from '../../src/errors/index.ts'
import type { StoreScheme } from '../../src/store/scheme.ts'
import { MemoryObjects } from './memory-objects.ts'
import { MemoryStore } from './memory-store.ts'

const objects = new Map<string, MemoryObjects>()

/** The objects of a setting, which stores share that are opened with it. */
export function objectsOf(setting: string): MemoryObjects {
  const found = objects.get(setting) ?? new MemoryObjects()
  objects.set(setting, found)
  return found
}

const open = (setting: string): MemoryStore => new MemoryStore(setting, objectsOf(setting))

/** Settings are `memory:NAME`, addresses `memory://BUCKET/KEY`. An address is in the home store, or else in `memory:`. */
export const memoryScheme: StoreScheme = {
  isAddress: text => text.startsWith('memory:'),
  locate(text, { store: home }) {
    const { bucket, key } = /^memory:\/\/(?<bucket>[^/]+)\/(?<key>.+)$/s.exec(text)?.groups ?? {}
    if (bucket === undefined || key === undefined)
      throw new BatchQueryError('USAGE', `${JSON.stringify(text)} is not the address of an object in memory.`)
    const store = home.uriOf({ bucket, key }) === text ? home : open('memory:')
    return { store, bucket, key, uri: text }
  },
  namesFiles: false,

  isSetting: text => text.startsWith('memory:'),
  settingForm: 'memory:NAME',
  isUsable: setting => /^memory:\w*$/.test(setting),
  absoluteSetting: setting => setting,
  open,
}
