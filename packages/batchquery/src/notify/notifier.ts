import type { Notification } from '../config/index.ts'
import type { Notifier, RunRecord } from '../run/index.ts'
import type { NotifyingProcess } from './run-command.ts'

/** The notifier of a process. The code that sends is loaded with the first end of a run that a receiver wants; null without receivers. */
export function notifierOf(
  notifications: readonly Notification[],
  process: NotifyingProcess,
): Notifier | null {
  if (notifications.length === 0) return null
  const wanted = ({ state }: RunRecord) =>
    notifications.filter(({ on }) => on === 'ended' || state === 'FAILED')
  return {
    wants: record => wanted(record).length > 0,
    send: async (run, log, stop) => {
      const { sendAll } = await import('./send.ts')
      await sendAll(wanted(run), run, { ...process, log, stop })
    },
  }
}
