export type { Engine, Launched, LaunchOptions } from './engine.ts'
export { LocalEngine } from './local/local-engine.ts'
