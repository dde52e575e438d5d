import { SetupError } from './step.mjs'

const oldest = { major: 20, minor: 19 }

/** Refuses a Node that is older than the oldest supported version. */
export function checkNodeVersion(version) {
  const [major, minor] = version.split('.').map(Number)
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return
  throw new SetupError(
    `this is Node ${version}, and batchquery needs Node ${oldest.major}.${oldest.minor} or newer. ` +
      'Install a newer Node (https://nodejs.org) and run the command again.',
  )
}
