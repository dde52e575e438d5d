#!/usr/bin/env node
// The stacks that -v shows lead to the sources. Only then: reading the source maps takes time.
if (process.argv.some(flag => flag === '-v' || flag === '--verbose')) process.setSourceMapsEnabled(true)
await import('../dist/programs/batchquery.js')
