export { ContainerEngine, type ContainerEngineOptions } from './container-engine.ts'
