/** Colours are custom properties, so that charts follow the light or dark scheme of the reader and are black on paper. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--soft:#57606a;--edge:#d0d7de;--line:#0a58ca;--area:#0a58ca33;--bad:#b3261e;--warn:#8a5a00;--good:#1a7f37}
@media (prefers-color-scheme:dark){:root{--paper:#0f1419;--ink:#e6edf3;--soft:#9aa5b1;--edge:#30363d;--line:#6cb6ff;--area:#6cb6ff33;--bad:#ff8a80;--warn:#f0c36d;--good:#7ee2a8}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:1rem;background:var(--paper);color:var(--ink);font:16px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.4rem;margin:0}
h2{font-size:1.1rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--edge);padding-bottom:.25rem}
h3{font-size:.95rem;margin:1rem 0 .25rem}
h3+p{font-size:.85rem}
header p,.soft,figcaption{color:var(--soft);margin:.1rem 0}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:.75rem;margin:1rem 0}
dl div{border:1px solid var(--edge);border-radius:.4rem;padding:.5rem .75rem}
dt{color:var(--soft);font-size:.85rem}
dd{margin:0}
dd.first{font-size:1.15rem;font-weight:600}
.bad{color:var(--bad);font-weight:600}.warn{color:var(--warn);font-weight:600}.good{color:var(--good);font-weight:600}
ul{list-style:none;padding:0;margin:0}
li{margin:.35rem 0;padding-left:1.4rem;text-indent:-1.4rem}
li code,li .soft{display:block;text-indent:0}
code{font:.85em ui-monospace,monospace}
.charts{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:.5rem 1rem}
figure{margin:0;break-inside:avoid}
figcaption{font-size:.85rem}
svg{display:block;width:100%;height:auto;font:9px system-ui,sans-serif;overflow:visible}
svg text{fill:var(--soft)}svg .note{fill:var(--ink);paint-order:stroke;stroke:var(--paper);stroke-width:3px}
svg path,svg circle{fill:none;stroke:var(--ink);vector-effect:non-scaling-stroke}
svg .grid{stroke:var(--edge)}
svg .line{stroke:var(--line);stroke-width:2;stroke-linejoin:round}
svg .band{fill:var(--area);stroke:none}
svg .bars{fill:var(--line);stroke:none}
svg .limit{stroke-dasharray:6 4}
svg .forecast{stroke:var(--line);stroke-width:2;stroke-dasharray:1 4;stroke-linecap:round}
svg .end{fill:var(--line);stroke:var(--paper)}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid var(--edge);vertical-align:top}
th{color:var(--soft);font-weight:500}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td:first-child{white-space:nowrap}
@media (max-width:60rem){.charts{grid-template-columns:minmax(0,1fr)}}
@media (max-width:40rem){body{padding:.75rem;font-size:15px}.wide{display:none}dl{grid-template-columns:repeat(2,minmax(0,1fr));gap:.5rem}dd.first{font-size:1rem}th,td{padding-right:.5rem}}
@media print{:root{color-scheme:light;--paper:#fff;--ink:#000;--soft:#333;--edge:#999;--line:#000;--area:#0002;--bad:#000;--warn:#000;--good:#000}body{max-width:none;padding:0;font-size:10pt}.charts{grid-template-columns:repeat(3,minmax(0,1fr))}.wide{display:table-cell}h2,h3,h3+p{break-after:avoid}tr,li{break-inside:avoid}}
`;
