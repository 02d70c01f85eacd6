/* SPDX-License-Identifier: MIT */
/* reports_style: how index.html looks: light and dark, phone and paper. */
#include <stddef.h>

#include "reports_html_int.h"

const char *const html_style[] = {
    /* colours: text at least 4.5 : 1 on its ground, areas 3 : 1 */
    ":root{color-scheme:light dark;--ground:#f5f6f8;--card:#fff;--text:#1a202c;"
    "--soft:#525d6d;--line:#dfe3ea;--track:#e9ecf1;--active:#0f7b6c;"
    "--inactive:#c77700;--never:#b3344f;--unknown:#7b8494;--free:#c9d0db;"
    "--link:#1d4fb8;--note:#fff6e0;--note-line:#c77700}"
    "@media(prefers-color-scheme:dark){:root{--ground:#12151b;--card:#1b2028;"
    "--text:#e8ebf0;--soft:#a8b1be;--line:#313947;--track:#2a313c;"
    "--active:#2cb5a0;--inactive:#e79b2d;--never:#ec6a82;--unknown:#8d97a6;"
    "--free:#46505f;--link:#8fb4ff;--note:#2d2614;--note-line:#e79b2d}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--ground);color:var(--text);font:16px/1.5 "
    "system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",\"DejaVu "
    "Sans\",Arial,sans-serif;-webkit-text-size-adjust:100%}"
    "main,header,footer{max-width:75rem;margin:0 auto;padding:0 1.25rem}"
    "header{padding-top:2rem}footer{padding-bottom:2rem;color:var(--soft);"
    "font-size:.9rem}"
    "h1{margin:0;font-size:1.9rem;line-height:1.2;letter-spacing:-.02em}"
    "h2{margin:0 0 .25rem;font-size:1.25rem;line-height:1.3}"
    "h3{margin:0;font-size:1rem;line-height:1.3;overflow-wrap:anywhere}"
    "p{margin:.25rem 0}.sub,.lead,caption{color:var(--soft)}"
    ".lead{margin-bottom:1rem;max-width:46rem}"
    "section,.note{background:var(--card);border:1px solid var(--line);"
    "border-radius:.75rem;padding:1.25rem;margin:1.25rem 0}"
    ".note{background:var(--note);border-left:.35rem solid var(--note-line)}"
    ".note p{margin:.15rem 0}section{overflow-x:auto}"
    "code{font:.875em ui-monospace,SFMono-Regular,Menlo,Consolas,\"DejaVu Sans "
    "Mono\",monospace;overflow-wrap:anywhere}"
    "ul,ol{margin:0;padding:0;list-style:none}"
    "svg{display:block;width:100%}",
    /* tiles */
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,"
    "1fr));gap:.75rem;margin:1.25rem 0}"
    ".tiles>div{background:var(--card);border:1px solid var(--line);"
    "border-radius:.75rem;padding:.9rem 1rem;border-top:.3rem solid "
    "var(--edge,var(--line))}"
    ".tiles dt{color:var(--soft);font-size:.875rem}"
    ".tiles dd{margin:0}.tiles b{display:block;font-size:1.75rem;"
    "line-height:1.25;letter-spacing:-.02em;font-variant-numeric:tabular-nums}"
    ".tiles b.money{font-size:1.35rem;line-height:1.62}"
    ".tiles span{color:var(--soft);font-size:.875rem}",
    /* legends: a word, its colour and its number */
    ".legend{display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;font-size:.9rem}"
    ".legend b{font-variant-numeric:tabular-nums}"
    ".legend li::before,.chip{content:\"\";display:inline-block;width:.7em;"
    "height:.7em;border-radius:.2em;margin-right:.4em;background:var(--c)}"
    ".c-active{--c:var(--active)}.c-inactive{--c:var(--inactive)}"
    ".c-never{--c:var(--never)}.c-unknown{--c:var(--unknown)}"
    ".c-free{--c:var(--free)}.c-owned{--c:var(--text)}"
    ".c-assigned{--c:var(--link)}"
    "rect{fill:var(--c)}",
    /* licenses */
    ".licenses>li{padding:.9rem 0;border-top:1px solid var(--line)}"
    ".licenses>li:first-child{border-top:0}"
    ".head{display:flex;flex-wrap:wrap;justify-content:space-between;"
    "gap:0 1rem;align-items:baseline}.head span{color:var(--soft)}"
    ".bar{height:1.1rem;margin:.45rem 0;border-radius:.3rem;"
    "background:var(--track)}",
    /* tables */
    "table{border-collapse:collapse;width:100%;font-size:.925rem}"
    "caption{text-align:left;padding-bottom:.5rem}"
    "th,td{text-align:left;padding:.45rem .5rem;vertical-align:top;"
    "border-bottom:1px solid var(--line);overflow-wrap:anywhere}"
    "thead th{color:var(--soft);font-weight:600;font-size:.8rem;"
    "vertical-align:bottom;overflow-wrap:normal}"
    "tbody th{font-weight:600}tfoot th,tfoot td{font-weight:700;"
    "border-bottom:0}"
    ".n{text-align:right;font-variant-numeric:tabular-nums;"
    "overflow-wrap:normal;white-space:nowrap}"
    ".zero{color:var(--soft)}td small,h3 small{color:var(--soft);"
    "font-size:.875em;font-weight:400;white-space:nowrap}.date{white-space:"
    "nowrap}",
    ".wide{font-size:.8125rem}.wide th,.wide td{padding:.4rem .3rem}"
    ".wide thead th{font-size:.75rem}.wide .n{white-space:normal}.wide tbody "
    "th{min-width:8.5rem}",
    /* how old the last use is */
    ".cards{display:grid;grid-template-columns:repeat(auto-fill,"
    "minmax(min(100%,19rem),1fr));gap:1.5rem 2rem}"
    ".ages td,.ages th{border:0;padding:.15rem .35rem .15rem 0;"
    "vertical-align:middle}"
    ".ages th{font-weight:400;white-space:nowrap;width:8.2rem}"
    ".ages svg{height:.95rem}.ages .n{width:3.2rem;padding-right:0}",
    /* trend */
    ".plot{border-left:1px solid var(--line);border-bottom:1px solid "
    "var(--line);margin:.35rem 0 .15rem}.plot svg{height:11rem}"
    ".cards .plot svg{height:5.5rem}"
    ".axis{display:flex;justify-content:space-between;color:var(--soft);"
    "font-size:.8rem;font-variant-numeric:tabular-nums}"
    "polyline{fill:none;stroke:var(--c);stroke-width:2.25;"
    "stroke-linejoin:round;stroke-linecap:round;"
    "vector-effect:non-scaling-stroke}"
    "polyline.c-owned{stroke-width:1.5;stroke-dasharray:5 4}"
    ".words{display:grid;grid-template-columns:max-content 1fr;"
    "gap:.25rem 1rem;margin:.5rem 0}.words dt{font-weight:600;"
    "color:var(--text)}.words dd{margin:0}",
    /* where a table is too wide each of its rows becomes a card */
    "@media(max-width:44rem){main,header,footer{padding-left:.75rem;"
    "padding-right:.75rem}header{padding-top:1.25rem}h1{font-size:1.5rem}"
    "section,.note{padding:.9rem;margin:.75rem 0}"
    ".tiles{grid-template-columns:1fr 1fr;gap:.5rem;margin:.75rem 0}"
    ".tiles b{font-size:1.4rem}.tiles>div{padding:.65rem .75rem}"
    ".rows,.rows tbody,.rows tfoot,.rows tr,.rows th,.rows td,.rows caption"
    "{display:block}.rows thead{position:absolute;width:1px;height:1px;"
    "overflow:hidden;clip-path:inset(50%)}"
    ".rows tr{padding:.6rem 0;border-top:1px solid var(--line)}"
    ".rows th,.rows td{border:0;padding:.1rem 0}"
    ".rows td[data-l]{display:flex;justify-content:space-between;gap:1rem;"
    "text-align:right;white-space:normal}"
    ".rows td[data-l]::before{content:attr(data-l);color:var(--soft);"
    "text-align:left}"
    ".rows.wide tr{display:grid;grid-template-columns:1fr 1fr;"
    "column-gap:1.25rem}.rows.wide th{grid-column:1/-1}"
    ".words{grid-template-columns:1fr;gap:0}.words dd{margin-bottom:.4rem}}",
    /* paper */
    "@page{margin:12mm}@media "
    "print{:root{color-scheme:light;--ground:#fff;--card:#fff;"
    "--text:#000;--soft:#444;--line:#bbb;--track:#eee;--active:#0f7b6c;"
    "--inactive:#c77700;--never:#b3344f;--unknown:#7b8494;--free:#c9d0db;"
    "--link:#1d4fb8;--note:#fff}body{font-size:11px}"
    ".wide{font-size:9px}.wide tbody th{min-width:7rem}"
    "section,.note,.tiles>div{border-radius:0}"
    ".tiles{grid-template-columns:repeat(6,1fr)}"
    ".licenses>li,tr,.cards>*,.tiles{break-inside:avoid}"
    "h2,h3{break-after:avoid}.legend li::before,.chip,.bar{"
    "print-color-adjust:exact;-webkit-print-color-adjust:exact}}",
    NULL};
