// The dashboard over many apps and a long history: what the first view costs the browser, and what ten browsers that
// watch cost the daemon. Started by bench/dashboard/run.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(path.join(process.env.FAS_BROWSER_MODULES, 'from.cjs'));
const { chromium } = require('playwright-core');
const [apps, days, seconds] = [2000, 30, 60];
const build = process.env.FAS_BUILD;
const binary = path.join(build, 'fly-autoscaler');
const folder = mkdtempSync(path.join(tmpdir(), 'fly-autoscaler-bench-'));
const children = [];

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what, condition) {
  for (let i = 0; i < 6000; ++i, await pause(20)) {
    const value = await Promise.resolve().then(condition).catch(() => null);
    if (value) return value;
  }
  throw new Error(`${what}: it did not come`);
}

function start(args, env = {}) {
  const child = spawn(binary, args.map(String), { env: { ...process.env, ...env }, stdio: 'ignore' });
  children.push(child);
  return child;
}

async function free_port() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

// Mean and count of tick durations between two pages of /metrics, and the daemon's CPU seconds.
async function tick_totals(url, pid) {
  const page = await (await fetch(`${url}metrics`)).text();
  const value = (name) => Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(page)?.[1] ?? 0);
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
  return { sum: value('fas_tick_duration_seconds_sum'), count: value('fas_tick_duration_seconds_count'), missed: value('fas_ticks_missed_total'), cpu: (Number(fields[11]) + Number(fields[12])) / 100, rss };
}

async function measure(url, pid, name) {
  const before = await tick_totals(url, pid);
  await pause(seconds * 1000);
  const after = await tick_totals(url, pid);
  const ticks = after.count - before.count;
  console.log(`${name}: ${ticks} ticks, mean ${(((after.sum - before.sum) / ticks) * 1000).toFixed(2)} ms, ${after.missed - before.missed} missed, CPU ${((after.cpu - before.cpu) / seconds * 100).toFixed(1)}% of a core, ${after.rss.toFixed(0)} MiB`);
}

async function first_view(browser, url, where, ready) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  let bytes = 0;
  session.on('Network.loadingFinished', (e) => (bytes += e.encodedDataLength));
  const begin = Date.now();
  await page.goto(url + where);
  await page.locator(ready).first().waitFor();
  const shown = Date.now() - begin;
  const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
  console.log(`${where || '/'}: first paint ${paint?.toFixed(0)} ms, ${ready} there after ${shown} ms, ${(bytes / 1000).toFixed(0)} kB transferred`);
  await context.close();
}

try {
  const fill = spawn(path.join(build, 'fill-history'), [path.join(folder, 'state'), apps, days], { stdio: ['ignore', 'inherit', 'inherit'] });
  await once(fill, 'exit');
  const port_file = path.join(folder, 'port');
  start(['sim', '--listen', '127.0.0.1:0', '--port-file', port_file, '--org', 'personal', '--apps', apps, '--machines', 4, '--no-rate-limits']);
  const api = `http://127.0.0.1:${await until('the simulator', () => existsSync(port_file) && Number(readFileSync(port_file, 'utf8')))}`;
  const port = await free_port();
  const settings = path.join(folder, 'fas.yml');
  writeFileSync(settings, `
app-name: "*"
org: "personal"
api-token: "bench"
concurrency: 64
api-rate-limits: false
listen: "127.0.0.1:${port}"
state-dir: "${folder}/state"
history-max-age: "1000h"
history-max-mb: 100000
started-machine-count: "1 + now().Minute() % 2"
`);
  const daemon = start(['serve', '-config', settings], { FLY_FLAPS_BASE_URL: api, FLY_API_BASE_URL: api });
  const url = `http://127.0.0.1:${port}/`;
  await until('every first tick', async () => {
    const status = await (await fetch(`${url}api/v1/status`)).json();
    return status.apps === apps && status.states.waiting === 0;
  });
  const browser = await chromium.launch({ executablePath: process.env.FAS_BROWSER, args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'] });
  await first_view(browser, url, '', '[data-app], tbody tr');
  await first_view(browser, url, '#/app/app-0042', 'canvas');
  await measure(url, daemon.pid, 'nobody watches');
  const watchers = [];
  for (let i = 0; i < 10; ++i) {
    const page = await (await browser.newContext()).newPage();
    await page.goto(url);
    watchers.push(page);
  }
  await measure(url, daemon.pid, 'ten browsers watch');
  await browser.close();
} finally {
  for (const child of children.reverse()) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true });
}
