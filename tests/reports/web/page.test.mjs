// What report.html promises, in the browser that people open it with.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Browser, axeSource, html, percentile, results, written } from './browser.mjs';

const browser = new Browser();
before(() => browser.start());
after(() => browser.stop());

const recorded = ['valid', 'invalid', 'unknown', 'vacuous', 'internal-error', 'many-failing', 'one-operation', 'nothing-known', 'long-window', 'hostile'];
const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ',');
const total = (tally) => tally.ok + tally.fail + tally.info;

// What the script knows of the operations, counted by outcome.
const counted = (page) => page.evaluate(() => {
  const { model } = window.clewPage;
  const counts = [0, 0, 0, 0];
  for (const outcome of model.ops.outcome) ++counts[outcome];
  return { ok: counts[0], fail: counts[1] + counts[2], info: counts[3] };
});

describe('every kind of result', () => {
  for (const name of recorded)
    test(`${name} says its verdict, draws every operation, and asks nobody for anything`, async () => {
      const { page, bad, close } = await browser.open(name);
      const run = results(name);
      const words = { valid: 'LINEARIZABLE', invalid: 'NOT LINEARIZABLE', unknown: 'UNKNOWN', vacuous: 'UNKNOWN', 'internal-error': 'RUN ERROR', 'many-failing': 'NOT LINEARIZABLE', 'nothing-known': 'UNKNOWN', 'long-window': 'NOT LINEARIZABLE', hostile: 'INVALID', 'one-operation': 'UNKNOWN' }[name];
      assert.match(await page.locator('h1').innerText(), new RegExp(`^. ${words}$`));
      const { ok, fail, info } = run.ops;
      assert.deepEqual(await counted(page), { ok, fail, info });
      assert.match(await page.locator('.filters output').first().innerText(), new RegExp(`^${grouped(total(run.ops))} operations$`));
      assert.ok(await page.locator('.stage canvas').isVisible());
      assert.ok(!(await page.locator('.static').first().isVisible().catch(() => false)));
      assert.deepEqual(bad, []);
      await close();
    });

  test('a run without operations is a page without a timeline', async () => {
    const { page, bad, close } = await browser.open('empty', { ready: false });
    assert.match(await page.locator('h1').innerText(), /UNKNOWN/);
    assert.equal(await page.locator('canvas').count(), 0);
    assert.match(await page.locator('#operations').innerText(), /No operation was invoked/);
    assert.deepEqual(bad, []);
    await close();
  });

  test('of many failing keys ten are shown, the first in full', async () => {
    const { page, close } = await browser.open('many-failing');
    assert.equal(await page.locator('article.counterexample').count(), 10);
    assert.match(await page.locator('#counterexample').innerText(), /10 of 14 failing keys shown/);
    assert.ok(await page.locator('#bad-1 svg').first().isVisible());
    await page.locator('details.others > summary').click();
    assert.ok(await page.locator('#bad-10 svg').first().isVisible());
    await close();
  });
});

describe('numbers', () => {
  test('filters find as many operations as results.json counts', async () => {
    const { page, close } = await browser.open('large');
    const run = results('large');
    const matching = async (change) => {
      await page.evaluate(async (filter) => {
        const { model } = window.clewPage;
        await model.apply({ key: '', f: '', outcome: '', node: '', client: '', text: '', ...filter });
      }, change);
      return page.evaluate(() => window.clewPage.model.matching);
    };
    for (const [f, tally] of Object.entries(run.by_function)) assert.equal(await matching({ f }), total(tally));
    for (const [node, tally] of Object.entries(run.by_node)) assert.equal(await matching({ node }), total(tally));
    assert.equal(await matching({ outcome: 'info' }), run.ops.info);
    assert.equal(await matching({ outcome: 'ok', f: 'write' }), run.by_function.write.ok);
    assert.equal(await matching({ text: 'timeout' }), run.errors.timeout);
    assert.equal(await matching({ key: 'no such key' }), 0);
    await close();
  });

  test('an operation has the index, the value and the times of the history', async () => {
    const { page, close } = await browser.open('large');
    const shown = results('large').checkers[0].anomalies[0];
    for (const call of shown.calls) {
      const seen = await page.evaluate(async (index) => {
        const { model } = window.clewPage;
        const i = model.names.find(index);
        await model.names.load(i);
        return { words: model.call(i), start: model.ops.start[i], end: model.ops.end[i], key: model.meta.keys[model.ops.key[i]], process: model.ops.process[i], node: model.meta.nodes[model.ops.node[i]] };
      }, call.index);
      assert.equal(seen.start, Math.floor(call.invoked_ns / 1000));
      assert.equal(seen.end, Math.floor(call.returned_ns / 1000));
      assert.equal(seen.key, shown.key);
      assert.equal(seen.process, call.process);
      assert.equal(seen.node, call.node);
      const number = /\d+/g;
      assert.deepEqual(seen.words.match(number)?.at(-1), call.text.match(number)?.at(-1));
    }
    await close();
  });
});

describe('getting around', () => {
  test('a link opens the same view again', async () => {
    const first = await browser.open('invalid');
    await first.page.evaluate(async () => {
      const { model } = window.clewPage;
      await model.apply({ ...model.filter, key: 'k17', outcome: 'ok' });
      model.look(14_100_000, 15_300_000);
      model.select(model.matches.findIndex((one, i) => one === 1 && model.ops.start[i] > 14_150_000 && model.ops.start[i] < 15_300_000));
    });
    await first.page.waitForFunction(() => location.hash.includes('op='));
    const state = (page) => page.evaluate(() => {
      const { model } = window.clewPage;
      return { from: Math.round(model.from), to: Math.round(model.to), selected: model.selected, filter: model.filter, matching: model.matching };
    });
    const picture = async (page) => {
      await page.waitForTimeout(500);
      return page.evaluate(() => document.querySelector('.stage canvas').toDataURL());
    };
    const hash = await first.page.evaluate(() => location.hash);
    assert.match(hash, /^#t=14\.1\d*-15\.3\d*&key=k17&outcome=ok&op=\d+$/);
    const second = await browser.open('invalid', { hash });
    assert.deepEqual(await state(second.page), await state(first.page));
    assert.ok((await picture(second.page)) === (await picture(first.page)), 'the drawings differ');
    assert.deepEqual(second.bad, []);
    await first.close();
    await second.close();
  });

  test('keys walk, zoom, jump, and tell what is selected', async () => {
    const { page, bad, close } = await browser.open('large');
    await page.locator('.stage').focus();
    const width = () => page.evaluate(() => window.clewPage.model.to - window.clewPage.model.from);
    const whole = await width();
    await page.keyboard.press('e');
    assert.ok((await width()) < whole / 100);
    await page.waitForFunction(() => document.querySelector('.selected').textContent.includes('fits nowhere'));
    const before = await page.locator('.selected').innerText();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((text) => document.querySelector('.selected').textContent !== text, before);
    await page.keyboard.press('0');
    assert.equal(await width(), whole);
    await page.keyboard.press('+');
    assert.ok(Math.abs((await width()) - whole / 2) < 1);
    await page.keyboard.press(']');
    const at = await page.evaluate(() => [window.clewPage.model.from, window.clewPage.model.to]);
    assert.ok(at[0] < 35_001_000 && at[1] > 41_002_000, 'the fault after the middle is the pause');
    assert.deepEqual(bad, []);
    await close();
  });

  test('a counterexample is copied as a history that clew reads', async () => {
    const { page, close } = await browser.open('large');
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => { window.copied = text; } } }));
    await page.locator('article button', { hasText: 'Copy as a test' }).first().click();
    const events = (await page.evaluate(() => window.copied)).trim().split('\n').map((line) => JSON.parse(line));
    assert.ok(events.length >= 4, `${events.length} events`);
    assert.ok(events.every((event) => ['invoke', 'ok', 'fail', 'info'].includes(event.type) && Number.isInteger(event.time)));
    await close();
  });

  test('the mouse pans, zooms and selects; the button of a key shows that key alone', async () => {
    const { page, bad, close } = await browser.open('large');
    const view = () => page.evaluate(() => [window.clewPage.model.from, window.clewPage.model.to]);
    await page.evaluate(() => document.querySelector('.stage').scrollIntoView());
    const box = await page.locator('.stage').boundingBox();
    await page.mouse.move(box.x + 600, box.y + 300);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -600);
    await page.keyboard.up('Control');
    await page.waitForFunction(() => window.clewPage.model.to - window.clewPage.model.from < 30e6);
    const [from] = await view();
    await page.mouse.down();
    await page.mouse.move(box.x + 400, box.y + 300, { steps: 4 });
    await page.mouse.up();
    assert.ok((await view())[0] > from, 'dragging to the left shows what comes later');
    await page.locator('#keys td button').first().click();
    const key = results('large').checkers[0].anomalies[0].key;
    await page.waitForFunction((wanted) => window.clewPage.model.filter.key === wanted, key);
    await page.locator('article button', { hasText: 'Show in the timeline' }).first().click();
    await page.waitForFunction(() => window.clewPage.model.misfits.has(window.clewPage.model.selected));
    assert.deepEqual(bad, []);
    await close();
  });

  test('tables are sorted, and logs follow the timeline', async () => {
    const { page, bad, close } = await browser.open('large');
    const head = page.locator('#keys th button', { hasText: 'key' }).first();
    await head.click();
    assert.equal(await page.locator('#keys tbody tr td').first().innerText(), 'k0');
    await head.click();
    assert.equal(await page.locator('#keys tbody tr td').first().innerText(), 'k63');
    await page.locator('#logs select').first().selectOption('n2');
    assert.match(await page.locator('#logs output').innerText(), /^60 lines/);
    await page.evaluate(() => window.clewPage.model.point(30e6));
    await page.waitForFunction(() => document.querySelector('.log-window').scrollTop > 100);
    assert.deepEqual(bad, []);
    await close();
  });
});

describe('wherever it is opened', () => {
  const readable = async (page) => {
    assert.match(await page.locator('h1').innerText(), /NOT LINEARIZABLE/);
    assert.match(await page.locator('.sentence').innerText(), /Stale read on key k17/);
    assert.ok(await page.locator('#bad-1 svg').first().isVisible());
    assert.ok(await page.locator('#timeline svg').isVisible());
    assert.ok(await page.locator('#performance svg').first().isVisible());
    assert.match(await page.locator('#faults').innerText(), /killed by SIGKILL/);
    assert.match(await page.locator('#reproduce pre').first().innerText(), /^clew test etcd/);
    assert.match(await page.locator('#logs').innerText(), /line 150/);
  };

  test('it is whole without JavaScript', async () => {
    const { page, close } = await browser.open('invalid', { js: false });
    await readable(page);
    await close();
  });

  test("it is whole under Jenkins' policy, where no style and no script may be", async () => {
    const { page, close } = await browser.openUnderPolicy('invalid', "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self'");
    await readable(page);
    const fills = await page.locator('#bad-1 svg rect').evaluateAll((all) => all.map((one) => getComputedStyle(one).fill));
    assert.ok(new Set(fills).size > 2 && fills.filter((fill) => fill === 'rgb(0, 0, 0)').length === 0, 'bars have their colours');
    await close();
  });

  for (const name of ['invalid', 'large', 'hostile'])
    test(`${name} fits a window of 420 pixels`, async () => {
      const { page, bad, close } = await browser.open(name, { width: 420 });
      assert.ok((await page.evaluate(() => document.scrollingElement.scrollWidth)) <= 420);
      assert.deepEqual(bad, []);
      await close();
    });

  test('it prints as drawings and tables, whatever the screen shows', async () => {
    const { page, close } = await browser.open('invalid', { hash: '#t=14.1-14.3', dark: true });
    await page.emulateMedia({ media: 'print' });
    await readable(page);
    assert.equal(await page.locator('canvas').evaluateAll((all) => all.filter((one) => one.offsetWidth > 0).length), 0);
    assert.equal(await page.locator('button').evaluateAll((all) => all.filter((one) => one.offsetWidth > 0 && !one.closest('td, th')).length), 0);
    assert.ok(await page.locator('.sign-off').isVisible());
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(ground, 'rgb(255, 255, 255)');
    const pdf = await page.pdf({ format: 'A4' });
    const sheets = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    assert.ok(sheets >= 3 && sheets <= 25, `${sheets} sheets`);
    if (existsSync('/usr/bin/pdftotext')) {  // From poppler-utils: what a reader of the file can search for and copy.
      const text = execFileSync('/usr/bin/pdftotext', ['-layout', '-', '-'], { input: pdf }).toString();
      for (const wanted of ['NOT LINEARIZABLE', 'Why no order works', 'Signature', 'clew test etcd']) assert.ok(text.includes(wanted), wanted);
    }
    await close();
  });

  for (const dark of [false, true])
    for (const name of ['invalid', 'valid', 'many-failing', 'hostile', 'empty'])
      test(`axe finds nothing to mend in ${name}, ${dark ? 'dark' : 'light'}`, async () => {
        const { page, close } = await browser.open(name, { dark, ready: name !== 'empty' });
        await page.evaluate(axeSource);
        const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
        assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target).join(' ')}`), []);
        await close();
      });
});

describe('hostile systems under test', () => {
  test('strings stay strings, wherever they show up', async () => {
    const { page, bad, close } = await browser.open('hostile', { hash: '#key=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&text=%3C/script%3E&op=2' });
    await page.evaluate(async () => {
      const { model, timeline } = window.clewPage;
      await model.apply({ key: '', f: '', outcome: '', node: '', client: '', text: '' });
      model.whole();
      model.select(0);
      timeline.nextFailure();
    });
    for (const summary of await page.locator('details > summary').all()) if (await summary.isVisible()) await summary.click();
    await page.evaluate(() => document.querySelector('.stage').scrollIntoView());
    const box = await page.locator('.stage').boundingBox();
    for (let y = 10; y < box.height; y += 12) await page.mouse.move(box.x + 400, box.y + y);
    await page.waitForTimeout(500);
    assert.match(await page.title(), /^. INVALID/);
    assert.equal(await page.locator('img, iframe, object, embed, link').count(), 0);
    assert.equal(await page.locator('[onerror], [onclick], [onload], [style*="url"]').count(), 0);
    assert.deepEqual(bad, []);
    await close();
  });

  test('the policy lets no other script run', async () => {
    const { page, close } = await browser.open('valid');
    const ran = await page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'window.owned = true';
      document.body.append(script);
      const holder = document.createElement('div');
      holder.innerHTML = '<img src="x" onerror="window.owned = true">';
      document.body.append(holder);
      await new Promise((done) => setTimeout(done, 300));
      return window.owned === true;
    });
    assert.equal(ran, false);
    assert.match(html('valid'), /script-src &#39;sha256-[A-Za-z0-9+/=]+&#39;; style-src &#39;sha256-/);
    await close();
  });
});

describe('size and speed', () => {
  const limits = { large: { megabytes: 3, ready: 2000, frame: 50 }, huge: { megabytes: 8, ready: 5000, written: 2000, frame: 100 } };
  for (const [name, limit] of Object.entries(limits))
    test(`${name}: ${limit.megabytes} MB, usable in ${limit.ready / 1000} s, moves in ${limit.frame} ms`, async (t) => {
      const made = written()[name];
      assert.ok(made.bytes <= limit.megabytes * 1e6, `${made.bytes} bytes`);
      if (limit.written) assert.ok(made.ms <= limit.written, `written in ${made.ms} ms`);
      // What it can do: a machine that others use, too, takes its time now and then.
      let best = null;
      for (let attempt = 0; attempt < 3 && !(best?.ready <= limit.ready && best.p95 <= limit.frame); ++attempt) {
        const one = await measure(name);
        best = { bad: [...(best?.bad ?? []), ...one.bad], ready: Math.min(one.ready, best?.ready ?? Infinity), p50: Math.min(one.p50, best?.p50 ?? Infinity), p95: Math.min(one.p95, best?.p95 ?? Infinity) };
      }
      t.diagnostic(`${made.bytes} bytes, written in ${made.ms} ms, usable in ${best.ready} ms, frames p50 ${best.p50.toFixed(1)} ms, p95 ${best.p95.toFixed(1)} ms`);
      assert.ok(best.ready <= limit.ready, `usable in ${best.ready} ms`);
      assert.ok(best.p95 <= limit.frame, `frames p95 ${best.p95} ms`);
      assert.deepEqual(best.bad, []);
    });
});

// From the begin of loading until it can be used, and how long a step of zooming or panning takes
// until it is on the screen.
async function measure(name) {
  const { page, bad, close } = await browser.open(name, { width: 1400 });
  const ready = Number(await page.evaluate(() => document.documentElement.dataset.ready));
  const frames = await page.evaluate(async () => {
    const { model } = window.clewPage;
    const gaps = [];
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    await frame();
    let last = performance.now();
    const step = async (move) => {
      move();
      await frame();
      const now = performance.now();
      gaps.push(now - last);
      last = now;
    };
    for (let i = 0; i < 40; ++i) await step(() => model.zoom(0.8, 20e6));
    for (let i = 0; i < 20; ++i) await step(() => model.pan(0.05));
    for (let i = 0; i < 40; ++i) await step(() => model.zoom(1.25, 20e6));
    model.look(10e6, 16e6);
    for (let i = 0; i < 40; ++i) await step(() => model.pan(0.02));
    return gaps;
  });
  await close();
  return { ready, bad, p50: percentile(frames, 0.5), p95: percentile(frames, 0.95) };
}
