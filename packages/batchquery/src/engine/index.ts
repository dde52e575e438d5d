export type { Engine, StartedRunner, StartOptions } from './engine.ts'
export { LocalEngine } from './local/local-engine.ts'
