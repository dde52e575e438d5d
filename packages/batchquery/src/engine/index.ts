export type { Engine, Launched, LaunchOptions, LostRunner } from './engine.ts'
export { LocalEngine } from './local/local-engine.ts'
