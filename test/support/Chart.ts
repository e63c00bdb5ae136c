/** Draws charts as SVG whose bytes depend on nothing but what is drawn. */
import { LineChart, ScatterChart } from "echarts/charts"
import { GridComponent, LegendComponent, MarkLineComponent, TitleComponent } from "echarts/components"
import { init, use } from "echarts/core"
import type { EChartsCoreOption } from "echarts/core"
import { SVGRenderer } from "echarts/renderers"

use([LineChart, ScatterChart, GridComponent, LegendComponent, MarkLineComponent, TitleComponent, SVGRenderer])

export const drawChart = (width: number, height: number, option: EChartsCoreOption): string => {
  const chart = init(undefined, undefined, { renderer: "svg", ssr: true, width, height })
  chart.setOption({ animation: false, ...option })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return numbered(svg)
}

/** The library counts its pictures within the process. These names don't tell how many came before. */
const numbered = (svg: string): string => {
  const names = new Map<string, string>()
  return svg.replaceAll(/\bzr\d+-[a-z]+-?\d+\b/g, (name) => {
    const known = names.get(name) ?? `picture-${names.size}`
    names.set(name, known)
    return known
  })
}
