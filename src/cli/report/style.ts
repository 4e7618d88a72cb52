/** Style sheet of the reports: light and dark, one accent color, from phones to wide screens. */
export const REPORT_STYLE = `
:root {
  --page: #fbfaf8; --card: #ffffff; --ink: #1d1d1f; --muted: #6d6d72; --line: #e9e7e3; --line-strong: #cfccc6;
  --accent: #3454d1; --on-accent: #ffffff; --wrong: #3d3a36;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #131315; --card: #1b1b1e; --ink: #f0eff1; --muted: #98979e; --line: #2b2b2f; --line-strong: #47474d;
    --accent: #8ba2ff; --on-accent: #10122a; --wrong: #d6d2cc;
  }
}
* { box-sizing: border-box; margin: 0; }
html { -webkit-text-size-adjust: 100%; }
body {
  background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif;
  font-variant-numeric: tabular-nums; padding: clamp(24px, 6vw, 72px) clamp(16px, 5vw, 48px) 32px;
}
main, footer { max-width: 1120px; margin: 0 auto; }
section { margin-top: clamp(48px, 7vw, 80px); }
small { font-size: .6em; font-weight: 500; color: var(--muted); letter-spacing: 0; }
.title { font-weight: 600; }
h1 { font-weight: 400; display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 20px; margin: 12px 0 28px; }
h1 strong { font-size: clamp(64px, 12vw, 120px); line-height: 1.05; font-weight: 700; letter-spacing: -.04em; color: var(--accent); }
h1 strong small { font-size: .5em; color: inherit; margin-left: .06em; }
h1 span { font-size: clamp(17px, 2vw, 21px); color: var(--muted); max-width: 22em; }
h2 { font-size: 24px; line-height: 1.25; font-weight: 650; letter-spacing: -.015em; margin-bottom: 16px; }
.lead { color: var(--muted); max-width: 52em; margin-bottom: 16px; text-wrap: pretty; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 20px 24px; border-block: 1px solid var(--line); padding: 22px 0; }
.facts div { display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.facts dd { font-size: 24px; line-height: 1.3; font-weight: 600; letter-spacing: -.02em; white-space: nowrap; }
.facts dt { font-size: 14px; color: var(--muted); }
.adapter { margin-top: 16px; font-size: 14px; color: var(--muted); overflow-wrap: anywhere; }
.charts { display: grid; gap: 24px; }
@media (min-width: 760px) { .charts { grid-template-columns: 1fr 1fr; } }
figure { container-type: inline-size; background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 18px 18px 10px; min-width: 0; }
figcaption { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 16px; font-size: 14px; color: var(--muted); margin-bottom: 8px; }
figcaption b { color: var(--ink); font-size: 16px; font-weight: 600; margin-right: auto; }
.key { display: inline-flex; align-items: center; gap: 7px; }
.key::before { content: ""; width: 18px; border-top: 2px solid var(--muted); }
.key.accent::before { border-top-width: 3px; border-color: var(--accent); }
.key.dashed::before { border-top-style: dashed; }
figure.single { max-width: 640px; }
figure svg { display: block; width: 100%; height: auto; overflow: visible; }
figure .narrow { display: none; }
@container (max-width: 420px) {
  figure .wide { display: none; }
  figure .narrow { display: block; }
}
.scroll { overflow-x: auto; margin: 0 -4px; padding: 0 4px; }
.confusion { border-collapse: separate; border-spacing: 3px; width: 100%; table-layout: fixed; font-size: 14px; }
.confusion th { font-weight: 500; font-size: 14px; color: var(--muted); }
.confusion thead th { padding: 0 2px 6px; text-align: center; vertical-align: bottom; }
.confusion tbody th { text-align: right; padding-right: 10px; color: var(--ink); }
.confusion thead td, .confusion tbody th { width: 108px; }
.confusion .sum { width: 64px; text-align: right; color: var(--muted); padding-right: 4px; background: none; }
.confusion abbr { text-decoration: none; }
.confusion .brief { display: none; }
.confusion td { height: 54px; border-radius: 8px; text-align: center; line-height: 1.2; padding: 0; }
.confusion td b { display: block; font-size: 16px; font-weight: 600; }
.confusion td i { display: block; font-size: 12px; font-style: normal; opacity: .8; }
.confusion thead td { height: auto; }
.confusion .none { color: var(--line-strong); background: color-mix(in srgb, var(--ink) 2.5%, transparent); }
.confusion .right { background: color-mix(in srgb, var(--accent) calc(14% + var(--share) * 86%), var(--card)); }
.confusion .wrong { background: color-mix(in srgb, var(--wrong) calc(5% + var(--share) * 80%), var(--card)); }
.confusion .right.strong { color: var(--on-accent); }
.confusion .wrong.strong { color: var(--page); }
.scores { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 240px), 1fr)); gap: 28px 36px; }
.scores h3 { display: flex; justify-content: space-between; align-items: baseline; font-size: 16px; font-weight: 600; padding-bottom: 6px; margin-bottom: 8px; border-bottom: 1px solid var(--line); }
.scores h3 small { font-size: 13px; }
.bar { display: flex; align-items: center; font-size: 14px; line-height: 1.75; color: var(--muted); }
.bar dt { width: 68px; flex: none; }
.bar dd { display: flex; align-items: center; flex: 1; gap: 12px; }
.track { flex: 1; height: 8px; border-radius: 4px; background: var(--line); overflow: hidden; }
.track span { display: block; height: 100%; border-radius: 4px; background: var(--muted); opacity: .75; }
.bar.main { color: var(--ink); }
.bar.main .track span { background: var(--accent); opacity: 1; }
.figure { width: 54px; text-align: right; }
.faces { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); gap: 20px 16px; }
.faces li { display: flex; flex-direction: column; min-width: 0; line-height: 1.35; }
.faces img { width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: 12px; background: var(--line); margin-bottom: 8px; }
.faces b { font-size: 14px; font-weight: 600; overflow-wrap: anywhere; }
.faces b span { color: var(--accent); }
.faces small { font-size: 13px; }
.faces .miss img { outline: 2px dashed var(--muted); outline-offset: 3px; }
.faces .miss b { font-weight: 500; color: var(--muted); }
.faces .miss b span { color: inherit; }
.faces .miss small { color: var(--ink); font-weight: 600; }
.maps { border-collapse: separate; border-spacing: 6px; font-size: 13px; }
.maps th { font-weight: 500; color: var(--muted); text-align: center; }
.maps tbody th { text-align: right; padding-right: 10px; color: var(--ink); white-space: nowrap; }
.maps small { display: block; font-size: 12px; }
.maps img { display: block; width: 84px; height: 84px; border-radius: 10px; }
.config { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); gap: 0 48px; margin-bottom: 32px; font-size: 15px; }
.config div { display: flex; justify-content: space-between; gap: 24px; padding: 8px 0; border-bottom: 1px solid var(--line); }
.config dt { color: var(--muted); flex: none; }
.config dd { text-align: right; overflow-wrap: anywhere; min-width: 0; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 16px 18px; white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre span { display: inline-block; max-width: 100%; }
footer { margin-top: clamp(48px, 7vw, 80px); padding-top: 20px; border-top: 1px solid var(--line); font-size: 13px; color: var(--muted); }
@media (max-width: 900px) {
  .confusion .full { display: none; }
  .confusion .brief { display: inline; }
}
@media (max-width: 560px) {
  figure { padding: 16px 12px 6px; }
  .facts { grid-template-columns: repeat(2, 1fr); }
  .confusion { border-spacing: 2px; }
  .confusion thead td, .confusion tbody th { width: 70px; }
  .confusion th { font-size: 12px; }
  .confusion tbody th { padding-right: 4px; overflow: hidden; text-overflow: ellipsis; }
  .confusion .sum { display: none; }
  .confusion td { height: 42px; border-radius: 5px; }
  .confusion td b { font-size: 11.5px; }
  .confusion td i { font-size: 10px; }
  .faces { grid-template-columns: repeat(auto-fill, minmax(80px, 1fr)); }
}
@media print { section, figure, article, li { break-inside: avoid; } }
`;
