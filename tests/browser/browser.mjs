// A Chromium, and pages of it that remember what went wrong on them.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.join(process.env.FAS_BROWSER_MODULES, 'from.cjs'));
const { chromium } = require('playwright-core');
const axe = require('axe-core').source;

const artifacts = path.join(process.env.FAS_BUILD, 'browser-artifacts');
mkdirSync(artifacts, { recursive: true });

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 375, height: 812 };

export function launch() {
  // Root may not use Chromium's own sandbox; the pages are ours.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: process.env.FAS_BROWSER, args: [...args, '--disable-dev-shm-usage', '--disable-gpu'] });
}

// Runs `use(page)` on a page of its own at #PATH; afterwards nothing may have been logged as an error, save what fits
// `expected`, and nothing asked of another host.
export async function on_page(browser, server, where, use, { viewport = DESKTOP, dark = false, expected = null } = {}) {
  const context = await browser.newContext({
    viewport,
    deviceScaleFactor: viewport === PHONE ? 2 : 1,
    isMobile: viewport === PHONE,
    hasTouch: viewport === PHONE,
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'Europe/Zurich',
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const wrong = [];
  page.on('console', (m) => (m.type() === 'error' || m.type() === 'warning') && !expected?.test(m.text()) && wrong.push(`${m.type()}: ${m.text()}`));
  page.on('pageerror', (e) => wrong.push(`exception: ${e.stack}`));
  page.on('request', (r) => !r.url().startsWith(server.url) && !r.url().startsWith('data:') && wrong.push(`request to ${r.url()}`));
  try {
    await page.goto(`${server.url}#/${where}`);
    await page.locator('h1').waitFor();
    await use(page);
  } finally {
    await context.close();
  }
  assert.deepEqual(wrong, []);
}

export async function screenshot(page, name, full = true) {
  await page.screenshot({ path: path.join(artifacts, `${name}.png`), fullPage: full, animations: 'disabled' });
}

// What axe finds that keeps somebody out.
export async function barriers(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => (await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })).violations);
  return found.map((v) => `${v.id} (${v.impact}): ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | ')}`);
}

export const scrolls_sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
