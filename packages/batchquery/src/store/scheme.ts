import type { ObjectAddress, Store } from './store.ts'

/** The home store and the folder that addresses are relative to. */
export interface Places {
  /** The home store: `s3://` addresses are in it. */
  readonly store: Store
  /** The folder that relative paths start from. Null if files do not outlive the run. */
  readonly folder: string | null
}

/** An address that was read: a key, or a prefix of keys, in a bucket of a store. */
export interface Location extends ObjectAddress {
  readonly store: Store
  /** The address as records have it. It is absolute: `s3://bucket/key`, `file:///folder/name`. */
  readonly uri: string
}

/** The words by which people name a store, in addresses and in settings. The folder of each store exports one such object. */
export interface StoreScheme {
  /** Whether the text is meant as an address of this scheme, also if something is wrong with it. */
  isAddress(text: string): boolean
  /** @throws USAGE, KEY_INVALID, UNSUPPORTED_CLAUSE for an address that cannot be used */
  locate(text: string, places: Places): Location
  /** Whether its addresses are files of one machine. */
  readonly namesFiles: boolean

  /** Whether the text is meant as a setting of this scheme, also if something is wrong with it. */
  isSetting(text: string): boolean
  /** In the imperative, after "Write": how the setting looks. */
  readonly settingForm: string
  /** Whether the setting names a store, so that a typing error does not create a folder. */
  isUsable(setting: string, folder: string): boolean
  /** The setting for other processes: it no longer depends on the folder. */
  absoluteSetting(setting: string, folder: string): string
  /**
   * Opens the store of an absolute setting, without any request.
   *
   * @param onRetry takes a line about each request that the store repeats
   */
  open(setting: string, onRetry: (text: string) => void): Store
}
