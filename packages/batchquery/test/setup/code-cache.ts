import { join } from 'node:path'

/**
 * Where programs under test find their compiled code, though each has a home of its own. Ignored by git, below the package. Node takes
 * the variable, too.
 */
export const CODE_CACHE = { NODE_COMPILE_CACHE: join(import.meta.dirname, '../../.cache/code') }
