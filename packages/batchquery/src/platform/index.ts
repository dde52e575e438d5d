export { checkSeconds, durationText, parseDuration } from './duration.ts'
export { type EndingSignal, EndingSignals } from './ending-signals.ts'
export { EPHEMERAL, isEphemeral } from './ephemeral.ts'
export { findProcess } from './find-process.ts'
export { checkRunId, isRunId, newRunId } from './ids.ts'
export { keepIgnoredSignals } from './ignored-signals.ts'
export { inParallel } from './in-parallel.ts'
export { collectGarbage, LEAN_MEMORY_FLAGS, useLeanMemory } from './lean-memory.ts'
export { Log, type LogLevel, type LogSink, visible } from './log.ts'
export { isLoopbackHost } from './loopback.ts'
export { packageFile } from './package-file.ts'
export { parsePin } from './pin.ts'
export { identityOf } from './process-identity.ts'
export { describe, ProgressLine, timeLeft } from './progress.ts'
export { quoted } from './quoted.ts'
export { redact, redactUrl } from './redact.ts'
export { checkRetries, parseRetries } from './retries.ts'
export {
  isSecretReference,
  parseSecretReference,
  SECRET_ARN,
  type SecretReference,
} from './secret-reference.ts'
export { outliveTerminals, talkOn } from './standard-error.ts'
export { unexpandedHint, unexpandedVariable } from './unexpanded-variable.ts'
export { unlessAborted } from './unless-aborted.ts'
export { isMarkedText, MARKED, readValueText, SAVE_AGAIN, withoutLineFeed } from './value-text.ts'
export { packageVersion } from './version.ts'
export { hasZstd, unzstd, zstd } from './zstd.ts'
