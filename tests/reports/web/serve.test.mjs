// The pages of clew serve, in the browser that people open them with.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync, copyFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';

const axeSource = readFileSync(new URL('./node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-quic', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'];
const home = mkdtempSync(join(tmpdir(), 'clew-serve-'));
const store = join(home, 'store');
const stamp = '20261123T010203.000Z';
let browser, server, base;

const live = (ops, extra = {}) => JSON.stringify({ schema: 'clew.live/1', phase: 'load', elapsed_ns: 5e9, limit_ns: 6e10, ops: [ops, 2, 1],
  faults: 'kill n1 <script>alert(1)</script>', leader: 'n2 (term 3)', judged: '10 judged, no violation', violation: false,
  seconds: [1, 2, 3].map((n) => ({ ops: [n, 0, 0], p50_ns: 1e6 * n, p99_ns: 2e6 * n })), ...extra });
const tell = (text) => {
  const file = join(store, 'now', stamp, 'live.json');
  writeFileSync(`${file}.tmp`, text);
  renameSync(`${file}.tmp`, file);
};

before(async () => {
  for (const name of readdirSync(process.env.CLEW_SAMPLES)) {
    const run = join(store, name, stamp);
    mkdirSync(run, { recursive: true });
    for (const file of ['results.json', 'report.html']) copyFileSync(join(process.env.CLEW_SAMPLES, name, file), join(run, file));
  }
  for (let i = 10; i < 28; ++i) {
    const run = join(store, 'valid', `202611${i}T000000.000Z`);
    mkdirSync(run, { recursive: true });
    copyFileSync(join(process.env.CLEW_SAMPLES, 'valid', 'results.json'), join(run, 'results.json'));
  }
  const now = join(store, 'now', stamp);
  mkdirSync(now, { recursive: true });
  writeFileSync(join(now, 'run.json'), JSON.stringify({ schema: 'clew.run/1', name: 'now', system: 'etcd', system_version: '3', workload: 'register',
    nemesis: 'kill', seed: '7', nodes: ['n1'], concurrency: 1, time_limit_ns: 6e10, started: stamp, clew_version: '0', argv: [], repeat_command: '',
    environment: {}, options: {} }));
  tell(live(100));
  server = spawn(process.env.CLEW_BINARY, ['serve', '--port', '0', '--store', store], { stdio: ['ignore', 'pipe', 'inherit'] });
  base = (await new Promise((resolve, reject) => {
    server.stdout.once('data', (data) => resolve(String(data)));
    server.once('exit', () => reject(new Error('clew serve ended')));
  })).trim();
  browser = await chromium.launch({ executablePath: process.env.CLEW_BROWSER, args: flags, env: { ...process.env, HOME: home } });
});
after(async () => {
  await browser?.close();
  server?.kill('SIGINT');
  rmSync(home, { recursive: true, force: true });
});

async function open(path, { js = true, dark = false, width = 1240 } = {}) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: dark ? 'dark' : 'light', javaScriptEnabled: js });
  const page = await context.newPage();
  const bad = [];
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) bad.push(message.text()); });
  page.on('pageerror', (error) => bad.push(String(error)));
  page.on('dialog', (dialog) => { bad.push(dialog.message()); void dialog.dismiss(); });
  page.on('request', (request) => { if (!request.url().startsWith(base)) bad.push(request.url()); });
  // Its address names the job in full; the list has it.
  const trend = async () => (await (await fetch(base)).text()).match(/href="\/(trend\?name=invalid[^"]*)"/)[1].replaceAll('&amp;', '&');
  await page.goto(base + (path === pages.trend ? await trend() : path));
  return { page, bad, close: () => context.close() };
}

const pages = {
  list: '', filtered: '?verdict=violation', folder: `run/hostile/${stamp}/`, live: `live/now/${stamp}/`, trend: 'the trend of invalid',
  compare: `compare?run=hostile%2F${stamp}&run=invalid%2F${stamp}`, nothing: 'no-such-page',
};

describe('every page', () => {
  for (const dark of [false, true])
    for (const [name, path] of Object.entries(pages))
      test(`${name}: axe finds nothing to mend, ${dark ? 'dark' : 'light'}`, async () => {
        tell(live(100));
        const { page, close } = await open(path, { dark });
        await page.evaluate(axeSource);
        const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
        assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target).join(' ')}`), []);
        await close();
      });

  for (const [name, path] of Object.entries(pages))
    test(`${name}: fits 420 px, asks nobody else for anything, and its style is in force`, async () => {
      tell(live(100));
      const { page, bad, close } = await open(path, { width: 420 });
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
      assert.notEqual(await page.evaluate(() => getComputedStyle(document.querySelector('nav')).position), 'static');
      assert.deepEqual(bad.filter((text) => !(name === 'nothing' && text.includes('404'))), []);
      await close();
    });
});

describe('without scripts', () => {
  test('the list filters, sorts and leads to trend, reports and comparison', async () => {
    const { page, close } = await open('', { js: false });
    await page.selectOption('select[name=verdict]', 'violation');
    await page.click('button:text("Show")');
    assert.match(page.url(), /verdict=violation/);
    assert.ok(await page.locator('tbody tr').count() > 0);
    assert.equal(await page.locator('tbody .v-valid').count(), 0);
    await page.click('th a:text-is("seed")');
    assert.match(page.url(), /sort=seed/);
    assert.match(page.url(), /verdict=violation/);
    await page.goto(base);
    for (const name of ['invalid', 'valid']) await page.check(`input[value="${name}/${stamp}"]`);
    await page.click('button:text("Compare two")');
    assert.equal(await page.locator('h1').innerText(), 'Two runs');
    await page.goto(base);
    await page.click('a[aria-label="trend of valid"] >> nth=0');
    assert.equal(await page.locator('.strip a').count(), 19);
    assert.ok(await page.locator('svg polyline').count() >= 1);
    await page.click('.strip a >> nth=-1');
    await close();
  });

  test('the page of a run in progress comes anew by itself', async () => {
    tell(live(100));
    const { page, close } = await open(pages.live, { js: false });
    tell(live(777000));
    await page.waitForFunction(() => document.body.innerText.includes('777,003'), null, { timeout: 15000 });
    await close();
  });
});

test('with scripts, a run in progress is followed to its report', async () => {
  tell(live(100));
  const { page, bad, close } = await open(pages.live);
  assert.match(await page.locator('h1').innerText(), /RUNNING/);
  tell(live(888000, { violation: true }));
  await page.getByText('888,003').waitFor({ timeout: 15000 });
  assert.match(await page.locator('h1').innerText(), /VIOLATION/);
  const run = join(store, 'now', stamp);
  copyFileSync(join(process.env.CLEW_SAMPLES, 'invalid', 'report.html'), join(run, 'report.html'));
  copyFileSync(join(process.env.CLEW_SAMPLES, 'invalid', 'results.json'), join(run, 'results.json'));
  await page.waitForURL(/report\.html$/, { timeout: 15000 });
  assert.match(await page.locator('h1').innerText(), /NOT LINEARIZABLE/);
  assert.deepEqual(bad, []);
  rmSync(join(run, 'results.json'));
  rmSync(join(run, 'report.html'));
  await close();
});

test('a run whose live.json is old is not said to go on', async () => {
  tell(live(100));
  const past = new Date(Date.now() - 60000);
  utimesSync(join(store, 'now', stamp, 'live.json'), past, past);
  const { page, close } = await open(pages.live);
  assert.match(await page.locator('h1').innerText(), /NO RESULTS/);
  await close();
});
