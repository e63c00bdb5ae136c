/** The table of metrics in docs/observability.md. */
import type { MetricDescription } from "./Description.ts"

const cell = (text: string): string => text.replaceAll("|", "\\|")

const row = ([name, { labels = {}, source, text, type }]: readonly [string, MetricDescription]): string => {
  const described = Object.entries(labels).map(([label, values]) => `\`${label}\`: ${values}`).join("<br>")
  const pushed = source === name ? "" : ` (\`${source}\`)`
  return `| \`${name}\`${pushed} | ${type} | ${cell(described)} | ${cell(text)} |`
}

const [START, END] = ["<!-- metrics -->\n", "<!-- end of metrics -->\n"]

/** Puts the table between the two marks of a page. */
export const withMetricTable = (page: string, metrics: Readonly<Record<string, MetricDescription>>): string => {
  const [before = "", rest = ""] = page.split(START)
  const after = rest.split(END)[1] ?? ""
  const table = `| Metric | | Labels | |\n|---|---|---|---|\n${Object.entries(metrics).map(row).join("\n")}\n`
  return `${before}${START}\n${table}\n${END}${after}`
}
