import { stylePolicy } from '../../http/style-policy.ts';
import { COLUMN_WIDTHS } from '../model.ts';

/** The policy allows no style attribute: the widths of columns stand here. */
const WIDTHS = Object.entries(COLUMN_WIDTHS)
  .flatMap(([layout, widths]) =>
    widths.map((width, index) => `.${layout} thead th:nth-child(${index + 1}){width:${width}%}`),
  )
  .join('\n');

/**
 * Looks of a document on screens, light and dark, and on paper of any size. Colours keep 4.5:1 (AA) on theirs.
 * No part of it loads anything.
 */
export const DOCUMENT_STYLE = `
:root{color-scheme:light dark;--desk:#eef1f0;--paper:#fff;--ink:#16201e;--soft:#55625f;--line:#dfe5e3;--rule:#16201e;
--accent:#0f5c55;--wash:#f3f7f6;--good:#0b6340;--good-wash:#e3f4ea;--warning:#7f4700;--warning-wash:#fdf0da;
--bad:#9c1c1c;--bad-wash:#fce9e8;--neutral:#26507d;--neutral-wash:#e7f0f9}
@media(prefers-color-scheme:dark){:root{--desk:#0c1110;--paper:#151c1a;--ink:#e9efed;--soft:#a3b1ad;--line:#2b3633;
--rule:#8a9894;--accent:#6fd0c3;--wash:#1b2523;--good:#7fdcab;--good-wash:#10301f;--warning:#f2c177;--warning-wash:#38270c;
--bad:#ff9d98;--bad-wash:#401a19;--neutral:#9ccaf5;--neutral-wash:#152c42}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{background:var(--desk);color:var(--ink);font:.9375rem/1.5 Inter,ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans",sans-serif;
font-variant-numeric:tabular-nums;margin:0;overflow-wrap:anywhere;padding:2.5rem 1rem}
h1,h2,p,dl,dd,ul,address{font-style:normal;margin:0;padding:0}
.sheet{background:var(--paper);border-radius:6px;border-top:5px solid var(--accent);
box-shadow:0 1px 2px #0001,0 12px 40px #0000001a;margin:0 auto;max-width:54rem;padding:3rem 3.25rem 2.25rem}
.head{align-items:flex-start;display:flex;gap:2rem;justify-content:space-between}
.seller strong{display:block;font-size:1.1rem;font-weight:650;letter-spacing:-.01em;margin-bottom:.25rem}
.seller,.seller span{color:var(--soft);font-size:.875rem}
.seller strong{color:var(--ink)}
.seller span,.party span,.lines span,.fine span{display:block}
.title{flex:none;max-width:60%;text-align:right}
h1{font-size:2rem;font-weight:650;letter-spacing:-.025em;line-height:1.15}
.number{color:var(--soft);font-size:1rem;margin-top:.15rem}
.stamp{border-radius:99px;display:inline-block;font-size:.8125rem;font-weight:650;margin-top:.6rem;padding:.15rem .8rem}
.neutral{background:var(--neutral-wash);color:var(--neutral)}.good{background:var(--good-wash);color:var(--good)}
.warning{background:var(--warning-wash);color:var(--warning)}.bad{background:var(--bad-wash);color:var(--bad)}
.notice{border-radius:6px;font-size:.9375rem;font-weight:550;margin-top:1.75rem;padding:.7rem 1rem}
.summary{border-top:1px solid var(--line);display:grid;gap:1.5rem 2.25rem;grid-template-columns:minmax(0,1.05fr) minmax(0,1.3fr) minmax(0,1.25fr);margin-top:2.25rem;padding-top:1.75rem}
h2,caption,.label{color:var(--soft);font-size:.8125rem;font-weight:600}
.party h2{margin-bottom:.25rem}
.party strong{display:block;font-weight:650}
.party span{color:var(--soft);font-size:.875rem}
.facts{display:grid;gap:.2rem 1.25rem;grid-template-columns:auto 1fr}
.facts dt{color:var(--soft);font-size:.875rem;white-space:nowrap}.facts dd{font-size:.9375rem;min-width:0}
.utc,.detail{color:var(--soft);display:block;font-size:.8125rem;font-weight:400;line-height:1.4}
.headline{background:var(--wash);border-radius:8px;padding:1rem 1.15rem}
.headline .amount{display:block;font-size:1.6rem;font-weight:650;letter-spacing:-.02em;line-height:1.3;overflow-wrap:normal}
.headline .detail{font-size:.875rem}
table{border-collapse:collapse;margin-top:2.25rem;table-layout:fixed;width:100%}
caption{color:var(--ink);font-size:1rem;font-weight:650;letter-spacing:-.01em;padding-bottom:.55rem;text-align:left}
th,td{padding:.6rem 0 .6rem 1rem;text-align:left;vertical-align:top}
th:first-child,td:first-child{padding-left:0}
thead th{border-bottom:1.5px solid var(--rule);color:var(--soft);font-size:.8125rem;font-weight:600;padding-bottom:.4rem;padding-top:0;vertical-align:bottom}
tbody th,tbody td{border-bottom:1px solid var(--line)}
tbody th{font-weight:550}
tfoot th,tfoot td{font-weight:600;padding-top:.6rem}
tfoot th{color:var(--soft);font-weight:500}
.end{text-align:right}
${WIDTHS}
td.end{white-space:nowrap}
.totals{break-inside:avoid;display:flex;justify-content:flex-end;margin-top:2rem}
.totals table{margin:0;table-layout:auto;max-width:26rem;width:100%}
.totals th,.totals td{border:0;padding:.3rem 0}
.totals td{white-space:nowrap}
.totals th{color:var(--soft);font-weight:400;padding-right:1rem}
.totals .strong th,.totals .strong td{border-top:1px solid var(--line);color:var(--ink);font-weight:600;padding-top:.55rem}
.totals .final th,.totals .final td{border-top:1.5px solid var(--rule);color:var(--ink);font-size:1.15rem;font-weight:650;padding-top:.6rem}
.totals tr.strong+tr th,.totals tr.strong+tr td{padding-top:.45rem}
.passage{background:var(--wash);border-left:3px solid var(--accent);border-radius:0 6px 6px 0;break-inside:avoid;margin-top:2.25rem;padding:1rem 1.25rem}
.passage h2{color:var(--ink);font-size:1rem;font-weight:650;margin-bottom:.3rem}
.notes{border-top:1px solid var(--line);color:var(--soft);font-size:.8125rem;list-style:none;margin-top:2.25rem;padding-top:1rem}
.notes li+li{margin-top:.2rem}
.fine{color:var(--soft);font-size:.8125rem;margin-top:1.25rem}
.hidden{clip-path:inset(50%);height:1px;overflow:hidden;position:absolute;white-space:nowrap;width:1px}
@media(max-width:44rem){
body{padding:0}.sheet{border-radius:0;box-shadow:none;padding:1.5rem 1.15rem}
.head{flex-direction:column;gap:1.25rem}.title{max-width:100%;text-align:left}
.summary{grid-template-columns:1fr}
.scroll{overflow-x:auto}.scroll table{min-width:34rem}
}
@page{margin:16mm 16mm 18mm;@bottom-right{color:#55625f;content:"Page " counter(page) " of " counter(pages);font:8pt ui-sans-serif,system-ui,sans-serif}}
@media print{
:root{color-scheme:light;--desk:#fff;--paper:#fff;--ink:#16201e;--soft:#55625f;--line:#dfe5e3;--rule:#16201e;--accent:#0f5c55;--wash:#f3f7f6;
--good:#0b6340;--good-wash:#e3f4ea;--warning:#7f4700;--warning-wash:#fdf0da;--bad:#9c1c1c;--bad-wash:#fce9e8;--neutral:#26507d;--neutral-wash:#e7f0f9}
html{font-size:12.4px}
body{padding:0;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.sheet{border:0;box-shadow:none;max-width:none;padding:0}
thead{display:table-header-group}tfoot{display:table-row-group}
tr{break-inside:avoid}tfoot tr{break-before:avoid}caption{break-after:avoid}
.scroll{overflow:visible}
}
`;

/** Lets nothing run and nothing load but the document's own style. */
export const DOCUMENT_POLICY = stylePolicy(DOCUMENT_STYLE);
