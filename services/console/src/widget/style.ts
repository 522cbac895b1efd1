export const css = `
:host { all: initial; --color: var(--caseplane-color, #2457d6); --on: var(--caseplane-on-color, #fff);
  --surface: light-dark(#fff, #1c1f25); --ground: light-dark(#f1f3f7, #2a2f39); --line: light-dark(#d9dce3, #3d4350);
  --text: light-dark(#1b1f27, #e8eaf0); --soft: light-dark(#59606f, #a3abbb);
  color-scheme: light dark; font: 15px/1.45 system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; color: var(--text);
  position: fixed; inset: auto 16px 16px auto; z-index: 2147483000; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, p { margin: 0; }
button, textarea { font: inherit; color: inherit; border: 1px solid var(--line); border-radius: 8px; background: var(--surface); }
button { cursor: pointer; padding: 6px 12px; }
:focus-visible { outline: 2px solid var(--color); outline-offset: 2px; }
.launcher { width: 56px; height: 56px; padding: 0; border: 0; border-radius: 50%; background: var(--color); box-shadow: 0 4px 16px #0005; display: block; margin-left: auto; }
.launcher svg { width: 26px; fill: var(--on); vertical-align: middle; }
.panel { display: flex; flex-direction: column; width: min(400px, calc(100vw - 32px)); height: min(620px, calc(100dvh - 104px));
  margin-bottom: 12px; overflow: hidden; background: var(--surface); border: 1px solid var(--line); border-radius: 14px; box-shadow: 0 10px 40px #0004; }
header { display: flex; align-items: center; gap: 8px; padding: 10px 14px; background: var(--color); color: var(--on); }
header h2 { flex: 1; font-size: 16px; overflow-wrap: anywhere; }
header .close { border: 0; background: none; color: inherit; font-size: 22px; line-height: 1; padding: 2px 8px; }
.log { flex: 1; overflow-y: auto; margin: 0; padding: 14px; list-style: none; display: flex; flex-direction: column; gap: 10px; outline-offset: -2px; }
.log > li { max-width: 88%; padding: 8px 12px; border-radius: 12px; background: var(--ground); overflow-wrap: anywhere; align-self: flex-start; }
.log > li.customer { align-self: flex-end; background: var(--color); color: var(--on); }
.log > li.sending { opacity: .7; }
.log > li.agent { border: 1px solid var(--color); }
.who { display: block; font-size: 12px; color: var(--soft); }
.plain { white-space: pre-wrap; }
li > * + p, li p + p { margin-top: 6px; }
ul, ol { padding-left: 20px; margin: 4px 0; }
pre { overflow-x: auto; padding: 8px; background: var(--surface); border-radius: 6px; }
code { font-family: ui-monospace, 'DejaVu Sans Mono', monospace; font-size: .9em; }
a { color: inherit; }
.wide { overflow-x: auto; } table { border-collapse: collapse; } th, td { border: 1px solid var(--line); padding: 2px 6px; }
details { margin-top: 6px; font-size: 13px; } summary { cursor: pointer; color: var(--soft); }
q { display: block; color: var(--soft); margin: 2px 0 6px; }
.choices { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 8px; }
.choices button { border-color: var(--color); }
.thinking, .standing { padding: 0 14px 6px; font-size: 13px; color: var(--soft); }
.thinking:empty, .standing:empty { display: none; }
.problem:not(:empty) { margin: 0 14px 6px; padding: 6px 10px; border-radius: 6px; background: light-dark(#fdecec, #421d1d); color: light-dark(#a81e1e, #ff9b93); }
footer { display: grid; gap: 8px; padding: 10px 14px 14px; border-top: 1px solid var(--line); }
form { display: flex; gap: 8px; align-items: flex-end; }
textarea { flex: 1; min-width: 0; padding: 8px; resize: none; }
.send { background: var(--color); border-color: var(--color); color: var(--on); padding: 8px 14px; }
.person { justify-self: start; border: 0; background: none; padding: 0; color: var(--soft); text-decoration: underline; font-size: 13px; }
.log > li > button { margin-top: 6px; }
@media (max-width: 480px) { :host { inset: auto 12px 12px auto; } .panel { width: calc(100vw - 24px); height: calc(100dvh - 96px); } }
`
