#include "reports/html.h"

namespace clew {

// Everything is readable without it: shapes carry their own colours. It adds
// calm type, the dark scheme, narrow windows and paper. No '<' and no '&', so
// that the page stays XML.
std::string_view html_style() {
  return R"css(
:root{--ink:#1d2329;--muted:#57606a;--ground:#ffffff;--card:#f6f7f9;--rule:#e1e4e8;--link:#1f5aa6;
--pass:#1c6b38;--violation:#b3261e;--unknown:#8a5a00;--error:#6b3aa0;--badrow:#fdecea;--unsurerow:#fdf4dd}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:3.5rem}
body{margin:0;color:var(--ink);background:var(--ground);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
main{overflow-wrap:anywhere;max-width:1180px;margin:0 auto;padding:20px 24px 48px}
nav{position:sticky;top:0;z-index:1;padding:10px 24px;background:var(--ground);border-bottom:1px solid var(--rule);overflow-x:auto;white-space:nowrap;font-size:14px}
nav strong{margin-right:14px;letter-spacing:.02em}
nav a{margin-right:14px}
a{color:var(--link);text-underline-offset:2px}
a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--link);outline-offset:2px}
h1{margin:0;font-size:25px;line-height:1.2;letter-spacing:.01em;white-space:nowrap}
h2{margin:44px 0 12px;padding-bottom:6px;font-size:19px;border-bottom:1px solid var(--rule)}
h3{margin:22px 0 8px;font-size:16px}
h4{margin:18px 0 4px;font-size:14px}
p{margin:8px 0;max-width:76ch;text-wrap:pretty}
.banner{--tone:var(--error);display:flex;gap:12px 32px;align-items:center;flex-wrap:wrap;padding:18px 24px;background:var(--card);border:1px solid var(--rule);border-left:8px solid var(--tone);border-radius:8px}
.banner h1{color:var(--tone)}
.banner div{flex:1 1 380px}
.banner p{margin:2px 0}
.banner.pass{--tone:var(--pass)}
.banner.violation{--tone:var(--violation)}
.banner.unknown{--tone:var(--unknown)}
.job,.cause{color:var(--muted);font-size:14px}
.sentence{font-size:16px;overflow-wrap:anywhere}
.warnings{margin:14px 0 0;padding:10px 16px 10px 34px;border:1px solid var(--rule);border-left:8px solid var(--unknown);border-radius:8px}
.figures dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(118px,1fr));gap:1px;margin:18px 0 0;border:1px solid var(--rule);border-radius:8px;overflow:hidden}
.figures dl div{padding:10px 14px;box-shadow:0 0 0 1px var(--rule)}
dt{color:var(--muted);font-size:12.5px}
dd{margin:0;overflow-wrap:anywhere}
.figures dd{font-size:19px;font-weight:600;font-variant-numeric:tabular-nums}
.figures small{display:block;font-size:13px;font-weight:400;color:var(--muted)}
.class{font-weight:400;color:var(--violation)}
.counterexample+.counterexample{margin-top:36px;padding-top:8px;border-top:1px solid var(--rule)}
figure{margin:14px 0}
figcaption,.note{color:var(--muted);font-size:13.5px}
.scroll{overflow-x:auto;max-width:100%}
figure .scroll{border:1px solid var(--rule);border-radius:8px;padding:8px}
svg{display:block}
.chart .scroll svg{width:100%;min-width:480px;height:auto}
#timeline .scroll svg{width:100%;min-width:820px;height:auto}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,470px),1fr));gap:8px 24px}
.chart{min-width:0;margin:0}
.chart h3{font-size:14.5px}
.legend{display:flex;flex-wrap:wrap;gap:2px 16px;margin:8px 2px;font-size:13px;color:var(--muted)}
.legend .item{display:inline-flex;align-items:center;gap:6px}
.tables{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,430px),1fr));gap:16px 32px}
.tables div{min-width:0}
table{width:100%;border-collapse:collapse;font-size:13.5px}
th,td{padding:6px 12px 6px 8px;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
th{color:var(--muted);font-weight:600;white-space:nowrap}
td{min-width:12ch;max-width:46ch;overflow-wrap:anywhere}
.num{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
td.num{min-width:0;overflow-wrap:normal}
.num:first-child{width:1%}
tr.bad td{background:var(--badrow)}
tr.unsure td{background:var(--unsurerow)}
tr.sum td{font-weight:600}
td.code,td.wide{min-width:28ch}
td.code,code,pre{font-family:ui-monospace,"SF Mono","DejaVu Sans Mono",Menlo,Consolas,monospace;font-size:.92em}
.what{color:var(--muted)}
.reasons{margin:4px 0;padding:0;list-style:none}
.remarks{margin:6px 0 12px;padding:0 0 0 20px}
.cross{color:var(--violation);font-weight:700}
.argument{font-size:14.5px}
pre{margin:4px 0 14px;padding:10px 14px;background:var(--card);border:1px solid var(--rule);border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere;user-select:all}
details{margin:8px 0}
summary{cursor:pointer;color:var(--link);font-size:14px}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(220px,1fr));gap:10px 24px;margin:12px 0}
.sign-off{display:none}
svg .t,svg .mono{fill:var(--ink)}
svg .m{fill:var(--muted)}
svg .r{fill:var(--violation)}
svg .r,figure svg .m{paint-order:stroke;stroke:var(--ground);stroke-width:3px;stroke-linejoin:round}
svg .grid{stroke:var(--rule)}
@media (prefers-color-scheme:dark){
:root{--ink:#e4e7eb;--muted:#9aa4b0;--ground:#14171b;--card:#1b1f25;--rule:#30363e;--link:#83b4f5;
--pass:#62c583;--violation:#ff8a80;--unknown:#e8b84a;--error:#c5a3f0;--badrow:#3a1d1c;--unsurerow:#372c12}
svg .ok{fill:#1f426f;stroke:#5b97e0}
svg .fail{fill:#5b2740;stroke:#d77ba2}
svg .info{fill:#553a08;stroke:#d79a35}
svg .fade{stop-color:#6b4a0c}
svg .thread{stroke:#62c583}
svg line.split{stroke:#ff8a80}
svg .point{stroke:#14171b}
svg .band{fill-opacity:.3}
svg .l50,svg .rok{stroke:#83b4f5}
svg .l95,svg .rinfo{stroke:#e8b84a}
svg .l99{stroke:#ff8a80}
svg .lmax{stroke:#9aa4b0}
svg .rfail{stroke:#ec93b8}
}
@media (max-width:640px){
main{padding:14px 14px 36px}
nav{padding:9px 14px}
h1{font-size:21px;white-space:normal}
.banner{padding:14px 16px}
.banner div{flex-basis:100%}
.figures dl{grid-template-columns:repeat(2,1fr)}
.figures dd{font-size:17px}
}
@media print{
:root{--ink:#000;--muted:#444;--ground:#fff;--card:#fff;--rule:#bbb;--link:#000;
--pass:#1c6b38;--violation:#b3261e;--unknown:#8a5a00;--error:#6b3aa0;--badrow:#fdecea;--unsurerow:#fdf4dd}
body{font-size:11px}
nav{display:none}
main{overflow-wrap:anywhere;max-width:none;padding:0}
.scroll{overflow:visible}
figure .scroll svg,.chart .scroll svg,#timeline .scroll svg{width:100%;min-width:0;height:auto}
figure,tr,.banner,.figures,pre{break-inside:avoid}
h2,h3,h4{break-after:avoid}
details:not(.data)::details-content{content-visibility:visible;block-size:auto}
details.data{display:none}
.charts{grid-template-columns:1fr 1fr}
.sign-off{display:block;break-inside:avoid}
.sign-off p{margin:18px 0;max-width:none}
}
)css";
}

}  // namespace clew
