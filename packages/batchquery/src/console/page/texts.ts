import { say } from './language.ts'

/** Numbers and times for people, in the user's own time zone. */

export const counted = (count: number): string => count.toLocaleString('en-US')

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

export function bytesText(bytes: number): string {
  let [value, unit] = [bytes, 0]
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2
  return `${value.toFixed(digits)} ${UNITS[unit]}`
}

/** `4 s`, `3 min 20 s`, `2 h 05 min`, `3 d 4 h`. */
export function durationText(seconds: number | null): string {
  if (seconds === null) return '–'
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return say('{0} s', whole)
  if (whole < 3600) return say('{0} min {1} s', Math.floor(whole / 60), pad(whole % 60))
  if (whole < 86_400)
    return say('{0} h {1} min', Math.floor(whole / 3600), pad(Math.floor((whole % 3600) / 60)))
  return say('{0} d {1} h', Math.floor(whole / 86_400), Math.floor((whole % 86_400) / 3600))
}

const pad = (number: number): string => String(number).padStart(2, '0')

/** `2026-11-30 14:05:09`. */
export function timeText(iso: string | null): string {
  if (iso === null) return '–'
  const at = new Date(iso)
  const day = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`
  return `${day} ${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`
}

export const agoText = (ms: number): string => say('{0} ago', durationText(ms / 1000))
