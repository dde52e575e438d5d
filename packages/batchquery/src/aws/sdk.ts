import { checkAwsEnvironment } from './environment-faults.ts'

/**
 * Must run before the SDK is loaded. Under Node 20 the SDK says on every start that its coming releases will not run
 * there. Our release is pinned, so this message is turned off.
 *
 * @throws CONFIG, AUTHENTICATION if a variable that the SDK reads cannot be used
 */
export function prepareSdk(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  checkAwsEnvironment(process.env)
}

/**
 * A logger for clients whose failures batchquery reports itself. When a chunk fails, the SDK says on stderr that it
 * will not repeat it, although batchquery does.
 */
export const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }
