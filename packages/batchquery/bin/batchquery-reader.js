// The program of a thread that reads ranges of an export.
const { start } = require('../dist/programs/start.js')

start('batchquery-reader', { verbose: false })
