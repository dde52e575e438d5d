/** Before the SDK is loaded. It says on every start under Node 20 that its coming releases will not run there; ours is pinned. */
export function prepareSdk(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
}

/** A logger for clients whose failures are told by ourselves. */
export const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }
