#!/usr/bin/env node
// The stacks that -v shows lead to the sources. Only then: reading the source maps takes time.
if (process.env.BATCHQUERY_TALK === 'verbose') process.setSourceMapsEnabled(true)
await import('../dist/programs/batchquery-task.js')
