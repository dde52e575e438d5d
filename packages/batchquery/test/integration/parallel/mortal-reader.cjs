// A reader that dies in a range whose condition says so, soon after it has staged something.
const { parentPort } = require('node:worker_threads')

let dies = false
parentPort.on('message', message => {
  if (message.ask === 'read') dies = message.range.where.includes('dies')
})
const post = parentPort.postMessage.bind(parentPort)
parentPort.postMessage = message => {
  post(message)
  if (dies && message.journal?.step === 'opened') setTimeout(() => process.exit(9), 50)
}
require('../../../bin/batchquery-reader.js')
