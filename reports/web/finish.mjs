// Makes what vite built fit to be written into a page as it is: valid in HTML and in XML, and named
// by its hash in the policy, so that no other script and no other style runs there.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const hash = (text) => `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;

function refuse(text, what, file) {
  for (const bad of what)
    if (text.toLowerCase().includes(bad)) throw new Error(`${file} holds ${bad}, which would end it too early`);
}

const licence = readFileSync('node_modules/uplot/LICENSE', 'utf8').trim();
let script = readFileSync('dist/report.js', 'utf8').trim();
refuse(script, ['</script', '<!--', ']]>'], 'report.js');
refuse(licence, ['*/', ']]>', '<'], 'the licence');
script = `/*<![CDATA[*/\n/* clew's page; with uPlot:\n${licence} */\n${script}\n/*]]>*/`;
const style = readFileSync('dist/report.css', 'utf8').trim();
refuse(style, ['<', '&', ']]>'], 'report.css');
for (const text of [script, style])
  if (/[^\t\n\x20-\x7e\u00a0-\uffef]/.test(text)) throw new Error('XML has no such character');

const policy = [
  "default-src 'none'",
  `script-src ${hash(script)}`,
  `style-src ${hash(style)}`,
  'img-src data: blob:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
writeFileSync('dist/report.js', script);
writeFileSync('dist/report.css', style);
writeFileSync('dist/policy.txt', policy);
