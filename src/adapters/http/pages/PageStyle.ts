/**
 * The style of all pages: one column that fits a phone, contents beside it when there is room, light or dark like the
 * reader's system. It loads nothing, so it uses the system's fonts.
 */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --text: #1b1f24; --quiet: #57606a; --back: #fff; --raised: #f3f5f7; --line: #d4d9df;
  --link: #0550ae; --accent: #9a3a00 }
@media (prefers-color-scheme: dark) { :root { --text: #e3e8ee; --quiet: #a2acb7; --back: #12161b; --raised: #1d232a;
  --line: #39424c; --link: #8ac0ff; --accent: #f5a76c } }
* { box-sizing: border-box }
html { scroll-padding-top: 1rem }
body { font: 16px/1.6 system-ui, sans-serif; color: var(--text); background: var(--back); margin: 0 }
main, header, nav { padding: 0 1rem; max-width: 56rem; margin: 1rem auto }
a { color: var(--link) }
h1, h2, h3, h4 { line-height: 1.25; overflow-wrap: anywhere }
h1 { margin: 0 }
h2 { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--line) }
h3 { margin-top: 2.5rem; font-size: 1.25rem }
h4 { margin: 1.5rem 0 .25rem; font-size: 1rem }
h2 > a, h3 > a { color: inherit; text-decoration: none }
h2 > a:hover, h3 > a:hover { text-decoration: underline }
code, pre, textarea, input { font: .875rem/1.5 ui-monospace, monospace }
code { overflow-wrap: anywhere }
pre { background: var(--raised); border-radius: .4rem; padding: .75rem; margin: .5rem 0; white-space: pre-wrap;
  overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100%; table-layout: fixed }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-top: 1px solid var(--line);
  overflow-wrap: anywhere; font-weight: inherit }
thead th { border: 0; color: var(--quiet); font-size: .875rem }
th:first-child { width: 36% }
.statuses th:first-child { width: 5rem }
th small, .quiet { display: block; color: var(--quiet) }
small b { color: var(--accent) }
.line { font-size: 1.05rem }
.line b { color: var(--accent) }
details, .panel { border: 1px solid var(--line); border-radius: .4rem; margin: 1rem 0; padding: .5rem .75rem }
summary { cursor: pointer; font-weight: 600 }
label { display: block; margin: .75rem 0; font-size: .875rem }
input, textarea { display: block; width: 100%; margin-top: .25rem; padding: .4rem; border: 1px solid var(--quiet);
  border-radius: .25rem; color: inherit; background: var(--back) }
button { font: inherit; padding: .35rem 1.2rem; border: 1px solid var(--link); border-radius: .25rem; color: var(--back);
  background: var(--link); cursor: pointer }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
form[data-members] { max-width: 28rem }
.unseen { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden }
nav ul { list-style: none; margin: .25rem 0 1rem; padding: 0; columns: 2 }
nav li { font-size: .9rem; padding: .2rem .5rem .2rem 0; break-inside: avoid }
nav b { font-size: .875rem; color: var(--quiet) }
@media (min-width: 72rem) {
  body.contents { display: grid; grid-template-columns: 17rem minmax(0, 56rem); justify-content: center; column-gap: 2rem }
  header, main { grid-column: 2; width: 100% }
  nav { grid-column: 1; grid-row: 1 / 3; position: sticky; top: 0; max-height: 100vh; overflow: auto; width: 100%;
    margin: 0; padding: 1rem; align-self: start }
  nav ul { columns: 1 }
}
`
