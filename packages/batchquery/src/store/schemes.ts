import { type Log, unexpandedHint, unexpandedVariable } from '../platform/index.ts'
import { directoryScheme } from './directory/scheme.ts'
import { s3Scheme } from './s3/scheme.ts'
import type { Location, Places, StoreScheme } from './scheme.ts'
import type { Store } from './store.ts'

/** A line for each store. */
const schemes: StoreScheme[] = [s3Scheme]
/** A text that belongs to no other scheme is a path. */
const paths = directoryScheme

/** Adds the scheme of a further store. */
export function registerScheme(scheme: StoreScheme): void {
  schemes.push(scheme)
}

/**
 * Reads an address, as statements and records have it: `s3://bucket/key`, `s3-REGION://bucket/key`, `file:///folder/name`, or a path.
 *
 * @throws USAGE, KEY_INVALID; UNSUPPORTED_CLAUSE for a path if files do not outlive the run
 */
export function locate(text: string, places: Places): Location {
  return schemeOfAddress(text).locate(text, places)
}

/** Whether an address is a file of one machine: `file:///folder/name`, or a path. */
export const namesFiles = (text: string): boolean => schemeOfAddress(text).namesFiles

/**
 * A hint about how to write the setting of a store. Null for a setting that can be used.
 *
 * @param folder what a relative path starts from
 */
export function storeFault(text: string, folder: string): string | null {
  const leftover = unexpandedVariable(text)
  if (leftover !== null) return unexpandedHint(leftover)
  if (schemeOfSetting(text).isUsable(text, folder)) return null
  return `Write ${[...schemes, paths].map(({ settingForm }) => settingForm).join(', or ')}.`
}

/** The setting for `openStore` and for other processes: a directory as its absolute path. */
export const storeSetting = (text: string, folder: string): string =>
  schemeOfSetting(text).absoluteSetting(text, folder)

/**
 * Opens the store of an absolute setting, without any request.
 *
 * @param log gets a warning for each request that the store repeats
 */
export const openStore = (setting: string, log: Log): Store =>
  schemeOfSetting(setting).open(setting, text => log.warn(text))

/** The folder of this machine that the store of a setting is in. Null if it is in none. */
export const storeFolder = (setting: string): string | null =>
  schemeOfSetting(setting).open(setting, () => {}).capabilities.folder

const schemeOfAddress = (text: string): StoreScheme => schemes.find(scheme => scheme.isAddress(text)) ?? paths

const schemeOfSetting = (text: string): StoreScheme => schemes.find(scheme => scheme.isSetting(text)) ?? paths
