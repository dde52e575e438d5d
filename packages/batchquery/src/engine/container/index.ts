export { ContainerEngine, type ContainerEngineOptions } from './container-engine.ts'
export { lookForImage } from './image.ts'
export { findProgram } from './program.ts'
export { IMAGE_HINT } from './why-ended.ts'
