import { checkAwsEnvironment } from './environment-faults.ts'

/**
 * Before the SDK is loaded. It says on every start under Node 20 that its coming releases will not run there; ours is pinned.
 *
 * @throws CONFIG, AUTHENTICATION where a variable that it reads cannot be used
 */
export function prepareSdk(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  checkAwsEnvironment(process.env)
}

/**
 * A logger for clients whose failures batchquery reports itself. When a chunk fails, the SDK says on stderr that it will not repeat it,
 * and batchquery repeats it.
 */
export const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }
