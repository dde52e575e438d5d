export type { Report } from './check.ts'
export { lookAt } from './doctor.ts'
export type { Place } from './place.ts'
