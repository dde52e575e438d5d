// Runs once, when the image is built: Node keeps the compiled form of every module of the runner in NODE_COMPILE_CACHE, where
// each start then finds it.
import { readdir } from 'node:fs/promises'

const programs = new URL('node_modules/batchquery/dist/programs/', import.meta.url)
for (const file of await readdir(programs))
  if (file.endsWith('.js') && file !== 'batchquery-task.js') await import(new URL(file, programs).href)
// It starts, finds no task in its arguments, and says so.
process.stderr.write = () => true
await import(new URL('../../bin/batchquery-task.js', programs).href)
process.exitCode = 0
