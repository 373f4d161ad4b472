import { LineChart } from 'echarts/charts'
import { GridComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

use([LineChart, GridComponent, TooltipComponent, SVGRenderer])

type Point = { at: string; min: number | null; max: number | null; avg: number | null; last?: number | null }

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

const fewPoints = 20

/** Draws a line with its band of extremes; answers how to take it away again. */
export function drawChart(
  target: HTMLElement,
  title: string,
  unit: string,
  points: readonly Point[],
  hours: number,
): () => void {
  const now = Date.now()
  const chart = init(target, undefined, { renderer: 'svg' })
  const [ink, line, brand] = [colour('--ink-3'), colour('--line'), colour('--brand')]
  const at = (each: Point) => Date.parse(each.at)
  const band = {
    type: 'line' as const,
    stack: 'band',
    symbol: 'none',
    lineStyle: { opacity: 0 },
    silent: true,
    tooltip: { show: false },
  }
  chart.setOption({
    animation: false,
    grid: { left: 44, right: 12, top: unit ? 30 : 12, bottom: 26 },
    tooltip: {
      trigger: 'axis',
      valueFormatter: (value: unknown) => `${Math.round(Number(value) * 100) / 100} ${unit}`,
    },
    xAxis: {
      type: 'time',
      min: now - hours * 3_600_000,
      max: now,
      axisLabel: { color: ink, hideOverlap: true },
      axisLine: { lineStyle: { color: line } },
    },
    yAxis: {
      type: 'value',
      scale: true,
      name: unit,
      nameGap: 10,
      nameTextStyle: { color: ink, align: 'left', padding: [0, 0, 0, -36] },
      axisLabel: { color: ink },
      splitLine: { lineStyle: { color: line } },
    },
    series: [
      { ...band, name: '最低', data: points.map((each) => [at(each), each.min]) },
      {
        ...band,
        name: '幅度',
        areaStyle: { color: brand, opacity: 0.18 },
        data: points.map((each) => [at(each), each.min === null || each.max === null ? null : each.max - each.min]),
      },
      {
        type: 'line',
        name: title,
        // A line of one point is none.
        symbol: points.length < fewPoints ? 'circle' : 'none',
        lineStyle: { color: brand, width: 1.6 },
        itemStyle: { color: brand },
        data: points.map((each) => [at(each), each.avg ?? each.last ?? null]),
      },
    ],
  })
  const watch = new ResizeObserver(() => chart.resize())
  watch.observe(target)
  return () => {
    watch.disconnect()
    chart.dispose()
  }
}
