// One browser for all tests; each page of it has a watcher that a test must ask at its end.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-quic', '--host-resolver-rules=MAP * ~NOTFOUND'];
const pages = process.env.CLEW_PAGES;

export const results = (name) => JSON.parse(readFileSync(join(pages, `${name}.json`), 'utf8'));
export const html = (name) => readFileSync(join(pages, `${name}.html`), 'utf8');
export const written = () => Object.fromEntries(
  readFileSync(process.env.CLEW_WRITTEN, 'utf8').trim().split('\n').map((line) => JSON.parse(line)).map((one) => [one.name, one]));

export class Browser {
  async start() {
    this.home = mkdtempSync(join(tmpdir(), 'clew-browser-'));
    this.browser = await chromium.launch({ executablePath: process.env.CLEW_BROWSER, args: flags, env: { ...process.env, HOME: this.home } });
  }

  async stop() {
    await this.browser?.close();
    if (this.home) rmSync(this.home, { recursive: true, force: true });
  }

  // A page that is ready. `watch` collects what must not be: errors, requests off the file, dialogs.
  async open(name, { hash = '', js = true, dark = false, width = 1240, height = 900, ready = true } = {}) {
    const context = await this.browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', javaScriptEnabled: js, reducedMotion: 'reduce' });
    const page = await context.newPage();
    const bad = watch(page);
    await page.goto(`file://${join(pages, `${name}.html`)}${hash}`);
    if (js && ready) await page.waitForFunction(() => document.documentElement.dataset.ready, null, { timeout: 20000 });
    return { page, bad, close: () => context.close() };
  }

  // As a server sends it that forbids scripts and styles, Jenkins for one.
  async openUnderPolicy(name, policy) {
    const context = await this.browser.newContext({ viewport: { width: 1240, height: 900 } });
    const page = await context.newPage();
    await page.route('http://jenkins.invalid/**', (route) =>
      route.fulfill({ status: 200, contentType: 'text/html; charset=utf-8', headers: { 'Content-Security-Policy': policy }, body: html(name) }));
    await page.goto('http://jenkins.invalid/report.html');
    return { page, close: () => context.close() };
  }
}

function watch(page) {
  const bad = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') bad.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => bad.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    bad.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!/^(file|data|blob):/.test(request.url())) bad.push(`request: ${request.url()}`);
  });
  return bad;
}

export const axeSource = readFileSync(new URL('./node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

export function percentile(list, share) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}
