#!/usr/bin/env bash
# echarts 6.1.0 (zrender 6.1.0) renders one and the same chart as different SVG, when it renders on the server: the names of
# classes and clip paths begin with a count of all charts of the process. So a picture that is kept and compared is equal
# only if it is drawn at the same place in the order. Whoever keeps pictures has to rename `zr<count>-…` in the result.
#
# Seen: equal: false; equal but for the count: true; prefixes: zr0 zr1
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund echarts@6.1.0 zrender@6.1.0 node@26.10.0
export PATH="$folder/node_modules/node/bin:$PATH"
cat > draw.js <<'JS'
import * as echarts from "echarts"

const draw = () => {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: 300, height: 200 })
  chart.setOption({
    animation: false,
    xAxis: { type: "value" },
    yAxis: { type: "value" },
    series: [{ type: "line", data: [[0, 1], [1, 3], [2, 2]] }]
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}

const prefix = (svg) => /zr\d+/.exec(svg)?.[0]
const [first, second] = [draw(), draw()]
// Numbers behind the prefix are counted on, too: each name becomes its place in the picture.
const renamed = (svg) => {
  const names = []
  return svg.replaceAll(/zr\d+-[a-z]+-?\d+/g, (name) => {
    if (!names.includes(name)) names.push(name)
    return `name-${names.indexOf(name)}`
  })
}
console.log(
  `equal: ${first === second}; equal but for the count: ${renamed(first) === renamed(second)}; ` +
    `prefixes: ${prefix(first)} ${prefix(second)}`
)
JS
output=$(timeout 60 node draw.js)
echo "$output"
[[ "$output" == "equal: false; equal but for the count: true; prefixes: zr0 zr1" ]]
