export { CREDENTIAL_RULES, type FailureRule } from './credential-rules.ts'
export { AwsFailure, factsOf, failureOf, field } from './failure.ts'
export { prepareSdk, SILENT } from './sdk.ts'
