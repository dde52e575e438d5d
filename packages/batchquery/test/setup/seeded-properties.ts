import fc from 'fast-check'
import { cases, testSeed } from './chance.ts'

fc.configureGlobal({ seed: testSeed(), numRuns: cases(100) })
