// Starters of what a dashboard is opened on. Each gives { url, token, app, stop() }; a server listens on a free port of
// loopback and ends by its process id.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const LIMIT = 60_000; // ms, for a condition to come true; a sanitizer's build is slow

export async function until(what, condition) {
  const give_up = Date.now() + LIMIT;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > give_up) throw new Error(`${what}: not within ${LIMIT / 1000} s`);
    await new Promise((r) => setTimeout(r, 25));
  }
}

async function free_port() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

class Children {
  constructor() {
    this.folder = mkdtempSync(path.join(tmpdir(), 'fly-autoscaler-browser-'));
    this.running = [];
  }

  start(name, command, args, env = {}) {
    const child = spawn(command, args.map(String), { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    child.log = '';
    for (const out of [child.stdout, child.stderr]) out.on('data', (text) => (child.log = (child.log + text).slice(-20_000)));
    child.title = name;
    this.running.push(child);
    return child;
  }

  ready(child, condition) {
    return until(`${child.title} is ready`, async () => {
      if (child.exitCode !== null) throw new Error(`${child.title} ended with status ${child.exitCode}:\n${child.log}`);
      return condition().catch(() => false);
    });
  }

  // Whole or not there: the file is put in place by a rename.
  port(child, file) {
    return this.ready(child, async () => existsSync(file) && Number(readFileSync(file, 'utf8')));
  }

  async end(child) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(late);
  }

  async stop() {
    for (const child of [...this.running].reverse()) await this.end(child);
    rmSync(this.folder, { recursive: true });
  }
}

const TOKEN = 'open-sesame-open-sesame';

// A made-up fleet of 2,000 apps.
export async function start_mock({ token = TOKEN } = {}) {
  const children = new Children();
  const file = path.join(children.folder, 'port');
  const args = [path.join(root, 'web/mock/server.mjs'), '--port-file', file, '--dist', process.env.FAS_BUNDLE, '--interval', 5];
  const begin = (port) => children.start('mock', process.execPath, [...args, '--port', port, ...(token ? ['--token', token] : [])]);
  let mock = begin(0);
  const port = await children.port(mock, file);
  return {
    url: `http://127.0.0.1:${port}/`,
    token,
    app: 'search-index',
    apps: 2000,
    secrets: [token].filter(Boolean),
    stop: () => children.stop(),
    // A server that goes away and comes back at the same place.
    async restart(meanwhile) {
      await children.end(mock);
      await meanwhile();
      mock = begin(port);
      await children.ready(mock, async () => (await fetch(`http://127.0.0.1:${port}/api/v1/status`)).ok);
    },
  };
}

// The daemon, with the simulator of the Fly APIs and of a workload behind it.
export async function start_daemon() {
  const children = new Children();
  try {
    const binary = path.join(process.env.FAS_BUILD, 'fly-autoscaler');
    const file = path.join(children.folder, 'sim.port');
    const apps = ['mail-sender', 'thumbnails', 'invoices'];
    const sim = children.start('simulator', binary, [
      'sim', '--listen', '127.0.0.1:0', '--port-file', file, ...apps.flatMap((a) => ['--app', a]), '--machines', 12, '--regions', 'fra,iad',
      '--profile', 'wave:min=1,max=24,period=40s', '--service-rate', 2, '--boot-time', '800ms', '--stop-time', '400ms', '--no-rate-limits',
    ]);
    const sim_port = await children.port(sim, file);
    const port = await free_port();
    const settings = path.join(children.folder, 'fly-autoscaler.yml');
    writeFileSync(settings, `
app-name: "*"
org: "personal"
api-token: "sim-api-secret"
admin-token: "${TOKEN}"
interval: "1s"
timeout: "5s"
concurrency: 4
listen: "127.0.0.1:${port}"
state-dir: "${children.folder}/state"
min-started-machine-count: "ceil(queue_depth / 10)"
max-started-machine-count: "ceil(queue_depth / 10) + 2"
metric-collectors:
  - type: "http"
    metric-name: "queue_depth"
    url: "http://127.0.0.1:${sim_port}/metrics"
    metric: "sim_queue_depth"
    labels: { app: "$APP_NAME" }
    token: "collector-secret"
`);
    const api = `http://127.0.0.1:${sim_port}`;
    const daemon = children.start('fly-autoscaler', binary, ['serve', '-config', settings], { FLY_FLAPS_BASE_URL: api, FLY_API_BASE_URL: api });
    const url = `http://127.0.0.1:${port}/`;
    // Ready, and each app has had its first tick.
    await children.ready(daemon, async () => {
      const status = await (await fetch(`${url}api/v1/status`)).json();
      return status.apps === apps.length && status.states.waiting === 0;
    });
    return { url, token: TOKEN, app: apps[0], apps: apps.length, secrets: [TOKEN, 'sim-api-secret', 'collector-secret'], stop: () => children.stop() };
  } catch (error) {
    await children.stop();
    throw error;
  }
}
