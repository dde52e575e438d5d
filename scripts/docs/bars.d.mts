import type { Bars } from '../../bench/src/report/peers-bars.ts'

export function drawBars(data: Bars): string
