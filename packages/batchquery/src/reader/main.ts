import { parentPort, workerData } from 'node:worker_threads'
import { openDatabase } from '../config/index.ts'
import { errorData, type FromReader, type ReaderTask, type ToReader } from '../export/parallel/messages.ts'
import { RangeReader } from '../export/parallel/range-reader.ts'
import { Log } from '../platform/index.ts'
import { openStore } from '../store/index.ts'

/*
 * The program of a thread that reads ranges of an export. Its coordinator is the process around it, which owns the run: the thread
 * never locks, publishes, or writes a record.
 */

const port = parentPort
if (port === null) throw new Error('this program is a thread of an export')

const send = (message: FromReader): void => port.postMessage(message)
const reading = begin(workerData)
port.on('message', (message: ToReader) => {
  void reading.then(
    async reader => {
      if (await reader.take(message)) port.close()
    },
    thrown => {
      if ('ask' in message) send({ failed: message.ask, error: errorData(thrown) })
      if ('ask' in message && message.ask === 'stop') port.close()
    },
  )
})

async function begin(task: ReaderTask): Promise<RangeReader> {
  const { url, environment, folder, store, files } = task.source
  const log = new Log('quiet', entry => send({ note: entry.trimEnd().replace(/^warning: /, '') }))
  const database = await openDatabase(url, { ...environment }, folder)
  return new RangeReader(task, database, { store: openStore(store, log), folder: files }, send)
}
