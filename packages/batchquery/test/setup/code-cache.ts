import { join } from 'node:path'

/**
 * The folder of the compiled code for programs under test, although each has its own home. Git ignores it, and it is
 * below the package. Node uses the same variable.
 */
export const CODE_CACHE = { NODE_COMPILE_CACHE: join(import.meta.dirname, '../../.cache/code') }
