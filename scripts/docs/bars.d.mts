import type { Bars } from '../../bench/src/report/bars.ts'

export function drawBars(data: Bars): string
