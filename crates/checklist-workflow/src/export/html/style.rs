//! How a report looks: on a screen by day and by night, and on paper.

/// The style sheet. Colour repeats what the words say.
pub(super) const SHEET: &str = "\
:root {
  --page: #fbfbfa; --card: #ffffff; --ink: #1d2126; --quiet: #646c76; --line: #e1e4e8; --soft: #f1f3f5;
  --verified: #1f7a4d; --claimed: #9a6700; --skipped: #8a929c; --open: #d5dae0; --bad: #b42318; --link: #1f5fbf;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --card: #1b1f24; --ink: #e4e7ea; --quiet: #98a1ab; --line: #30363d; --soft: #22272e;
    --verified: #4cc38a; --claimed: #e0a93b; --skipped: #7d8691; --open: #3b424b; --bad: #ff7b6e; --link: #79b0ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, \"Segoe UI\", Roboto, \"DejaVu Sans\", sans-serif;
}
main { max-width: 52rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
code, pre { font: 0.86em/1.5 ui-monospace, \"SF Mono\", Menlo, Consolas, \"DejaVu Sans Mono\", monospace; }
p { margin: 0; }
a { color: var(--link); }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0.1rem 0 0.6rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.4rem 0 0.8rem; }
h3 { font-size: 0.95rem; margin: 1.6rem 0 0.5rem; color: var(--quiet); }
.quiet, .kicker, .id { color: var(--quiet); }
.kicker { font-size: 0.9rem; }
.state {
  display: inline-block; font-size: 0.85rem; font-weight: 600; padding: 0.1rem 0.6rem; border-radius: 1rem;
  border: 1px solid currentColor; color: var(--claimed);
}
.state.completed { color: var(--verified); }
.state.failed { color: var(--bad); }
.bar { display: flex; gap: 2px; height: 0.6rem; margin: 1.1rem 0 0.5rem; border-radius: 0.3rem; overflow: hidden; }
.bar span { min-width: 0.3rem; flex-basis: 0; }
.bar .verified, .legend .verified { background: var(--verified); }
.bar .claimed, .legend .claimed { background: var(--claimed); }
.bar .skipped, .legend .skipped { background: var(--skipped); }
.bar .open, .legend .open { background: var(--open); }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; list-style: none; margin: 0; padding: 0; font-size: 0.9rem; }
.legend i { display: inline-block; width: 0.7rem; height: 0.7rem; border-radius: 50%; margin-right: 0.4rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 0.7rem 1.5rem; margin: 1.6rem 0 0; }
dt { font-size: 0.8rem; color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
.know { margin: 1.6rem 0 0; display: grid; gap: 0.6rem; }
.know div { border-left: 3px solid var(--claimed); background: var(--soft); padding: 0.5rem 0.8rem; border-radius: 0 0.4rem 0.4rem 0; }
.know .killers { border-color: var(--bad); }
.know .still { border-color: var(--quiet); }
.steps { list-style: none; margin: 0; padding: 0; }
.steps li[id] {
  display: flex; gap: 0.8rem; background: var(--card); border: 1px solid var(--line); border-radius: 0.5rem;
  padding: 0.8rem 1rem; margin: 0 0 0.5rem calc(var(--depth) * 1.4rem); break-inside: avoid;
}
.steps li[id] > div { flex: 1; min-width: 0; }
.mark {
  flex: none; width: 1.4rem; height: 1.4rem; margin-top: 0.1rem; border-radius: 50%; border: 2px solid var(--open);
  color: var(--card); font-size: 0.8rem; font-weight: 700; line-height: 1.1rem; text-align: center;
}
.verified > .mark { background: var(--verified); border-color: var(--verified); }
.claimed > .mark { border-color: var(--claimed); color: var(--claimed); }
.skipped > .mark, .hidden > .mark { border-color: var(--skipped); color: var(--skipped); }
.failed > .mark, .interrupted > .mark { background: var(--bad); border-color: var(--bad); }
.active > .mark { border-color: var(--link); color: var(--link); }
.title { font-weight: 600; overflow-wrap: anywhere; }
.title .id { font-weight: 400; margin-left: 0.3rem; }
.skipped .title, .hidden .title { font-weight: 400; }
.skipped .title span:first-child, .hidden .title span:first-child { text-decoration: line-through; text-decoration-color: var(--skipped); }
.killer {
  font-size: 0.72rem; font-weight: 700; color: var(--bad); border: 1px solid currentColor; border-radius: 0.3rem;
  padding: 0 0.35rem; margin-left: 0.3rem; vertical-align: 0.1em; display: inline-block;
}
.word { font-size: 0.92rem; overflow-wrap: anywhere; }
.word .quiet { margin-left: 0.4rem; }
.verified .word b { color: var(--verified); }
.claimed .word b { color: var(--claimed); }
.failed .word b, .interrupted .word b { color: var(--bad); }
.about { margin-top: 0.4rem; font-size: 0.92rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.only-if { font-size: 0.85rem; margin-top: 0.2rem; overflow-wrap: anywhere; }
.only-if .quiet { margin-left: 0.4rem; }
.outputs { margin: 0.5rem 0 0; display: grid; gap: 0.3rem; }
.label { margin-top: 0.5rem; font-size: 0.8rem; color: var(--quiet); }
.checks { margin: 0; padding-left: 1.1rem; }
pre { margin: 0; padding: 0.5rem 0.7rem; background: var(--soft); border-radius: 0.35rem; white-space: pre-wrap; overflow-wrap: anywhere; }
details { margin-top: 0.5rem; font-size: 0.92rem; }
summary { cursor: pointer; color: var(--quiet); }
.command { margin-top: 0.6rem; }
.outcome { font-size: 0.85rem; margin-top: 0.2rem; overflow-wrap: anywhere; }
.command.done .outcome b { color: var(--verified); }
.command.failed .outcome b, .command.interrupted .outcome b, .danger { color: var(--bad); }
.danger { font-size: 0.85rem; margin-top: 0.2rem; }
table { width: 100%; border-collapse: collapse; font-size: 0.88rem; }
th { text-align: left; font-weight: 600; color: var(--quiet); }
th, td { padding: 0.3rem 0.7rem 0.3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td:first-child, th:first-child { text-align: right; }
td:nth-child(2) { white-space: nowrap; }
td:last-child { overflow-wrap: anywhere; }
tr { break-inside: avoid; }
.undone { color: var(--quiet); text-decoration: line-through; }
footer { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: 0.85rem; color: var(--quiet); overflow-wrap: anywhere; }
@media (max-width: 34rem) {
  main { padding: 1.5rem 0.9rem 3rem; }
  td:nth-child(2) { white-space: normal; }
}
@media print {
  :root {
    --page: #fff; --card: #fff; --ink: #000; --quiet: #555; --line: #ccc; --soft: #f4f4f4; --link: #000;
    --verified: #1f7a4d; --claimed: #9a6700; --skipped: #777; --open: #bbb; --bad: #b42318;
  }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  a { text-decoration: none; }
  .bar span, .mark, .legend i { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  details > summary { display: none; }
}
";
