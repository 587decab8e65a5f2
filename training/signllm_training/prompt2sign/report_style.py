"""How the report looks. Colours of left and right are told apart with any colour vision, and from white at 4.5 : 1."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root { --right: #a84300; --left: #0a5ca8; --ink: #1b1b1f; --soft: #55565c; --line: #d5d6db; --bar: #4b5f8a; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 78rem; padding: 1.5rem; color: var(--ink); background: #fff;
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK KR", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .75rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 0; color: var(--ink); overflow-wrap: anywhere; }
p { margin: .25rem 0 .75rem; max-width: 46rem; }
a { color: #0a4d8c; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1rem 0 0; padding: 0; list-style: none; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 0; }
.facts div { display: flex; flex-direction: column-reverse; border: 1px solid var(--line); border-radius: .5rem;
  padding: .6rem .8rem; }
.facts dt { color: var(--soft); font-size: .875rem; }
.facts dd { margin: 0; font-size: 1.4rem; font-weight: 600; }
.notice { margin-top: 1rem; border-left: .4rem solid #b3261e; background: #fdf1f0; padding: .6rem 1rem; }
.notice ul { margin: 0; padding-left: 1.1rem; }
.right { color: var(--right); } .left { color: var(--left); }
.clip { margin: 0 0 1.5rem; }
.clip figcaption p { margin: 0 0 .15rem; color: var(--soft); font-size: .9rem; max-width: none; }
.clip .text { color: var(--ink); font-size: 1rem; } .clip .none { color: var(--soft); font-style: italic; }
.clip .gloss { font-size: .875rem; letter-spacing: .02em; }
.frames { display: grid; grid-template-columns: repeat(6, 1fr); gap: .5rem; margin-top: .35rem; }
.frame { width: 100%; height: auto; display: block; }
.frame path { fill: none; stroke-width: 1; stroke-linecap: round; }
.frame .thick { stroke-width: 1.7; } .frame .dashed { stroke-dasharray: 1.5 2; }
.frame path.right { stroke: var(--right); } .frame path.left { stroke: var(--left); }
.frame .body { stroke: #6d6f78; fill: none; }
.frame .dot.right, .frame text.right { fill: var(--right); } .frame .dot.left, .frame text.left { fill: var(--left); }
.frame .panel { fill: #f6f6f8; stroke: var(--line); stroke-width: .5; }
.frame text { font-size: 8px; fill: var(--soft); } .frame text.label { font-weight: 600; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 1rem 2rem;
  align-items: start; }
.plots.three { grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); }
figure { margin: 0; } figure > svg { width: 100%; height: auto; display: block; }
figcaption { font-size: .9rem; color: var(--soft); }
.three figcaption { color: var(--ink); font-weight: 600; }
.bar { fill: var(--bar); } .track { fill: #eeeff3; }
.grid { stroke: var(--line); stroke-width: 1; }
.tick { font-size: 11px; fill: var(--soft); } .name { font-size: 11px; fill: var(--ink); }
.axis { font-size: 12px; fill: var(--soft); }
.wide svg { height: 1.4rem; }
.part0 { fill: #35507f; background: #35507f; } .part1 { fill: #c07a1c; background: #c07a1c; }
.part2 { fill: #3b7d57; background: #3b7d57; } .part3 { fill: #8a8c94; background: #8a8c94; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0; margin: .4rem 0 .8rem; }
.swatch { display: inline-block; width: .8rem; height: .8rem; border-radius: .15rem; margin-right: .4rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0 1rem; font-size: .925rem; }
th, td { text-align: left; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.tag { border: 1px solid; border-radius: .3rem; padding: 0 .4rem; white-space: nowrap; font-weight: 600; }
.good { color: #17623a; } .bad { color: #a3231c; }
details { margin: .4rem 0; } summary { cursor: pointer; }
pre { overflow: auto; background: #f6f6f8; padding: .75rem; font-size: .85rem; max-height: 30rem; }
@media (max-width: 46rem) { .frames { grid-template-columns: repeat(3, 1fr); } body { padding: 1rem; } }
@media print { nav { display: none; } .clip, table { break-inside: avoid; } }
"""
