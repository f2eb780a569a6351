// Serves the bundle with a made-up fleet behind the daemon's API: to work on the dashboard, and to test it alone.
//   node mock/server.mjs [--port 8300] [--apps 2000] [--interval 15] [--token TEXT] [--dist FOLDER] [--port-file FILE]
// Without --token it is read-only.
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { evaluate, ExpressionError } from './expression.mjs';
import { TICK, World } from './world.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const dist = path.resolve(option('dist', path.join(here, '../dist')));
const token = option('token', '');
const interval = Number(option('interval', 15));
const world = new World(Number(option('apps', 2000)));
const born = new Date();

const now = () => Date.now() / 1000;
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' };
const UNITS = { s: 1, m: 60, h: 3600, d: 86400 };

class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

function seconds_of(text) {
  const m = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text ?? '');
  return m ? m[1] * UNITS[m[2]] : NaN;
}
function time_of(text, otherwise) {
  if (!text) return otherwise;
  const length = seconds_of(text);
  const at = Number.isNaN(length) ? Date.parse(text) / 1000 : now() - length;
  if (Number.isNaN(at)) throw new Refused(400, `"${text}" is neither a time nor a duration`);
  return at;
}
function app_of(name) {
  const app = world.by_name.get(decodeURIComponent(name));
  if (!app) throw new Refused(404, 'no app of this name is scaled here');
  return app;
}

const ORDER = ['failing', 'held', 'paused', 'scaling', 'ok', 'waiting'];
const SORT = {
  name: (a, b) => a.name.localeCompare(b.name),
  state: (a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state),
  metric: (a, b) => (a.metrics[0].value ?? -1) - (b.metrics[0].value ?? -1),
  started: (a, b) => a.counts.started - b.counts.started,
};

function list(query) {
  const search = query.get('search') ?? '';
  const states = (query.get('state') ?? '').split(',').filter(Boolean);
  const sort = SORT[query.get('sort') ?? 'name'] ?? SORT.name;
  const sign = query.get('order') === 'desc' ? -1 : 1;
  const all = world.apps
    .filter((a) => a.name.includes(search))
    .map((a) => world.summary(a, now(), false))
    .filter((s) => !states.length || states.includes(s.state))
    .sort((a, b) => sign * sort(a, b) || a.name.localeCompare(b.name));
  const offset = Number(query.get('offset') ?? 0);
  const page = all.slice(offset, offset + Math.min(500, Number(query.get('limit') ?? 100)));
  return { total: all.length, apps: page.map((s) => ({ ...s, spark: world.summary(world.by_name.get(s.name), now()).spark })) };
}

function decisions(query) {
  const pattern = query.get('app') ?? '*';
  const fits = new RegExp(`^${pattern.split('*').map((p) => p.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`);
  const apps = world.apps.filter((a) => fits.test(a.name));
  const limit = Math.min(1000, Number(query.get('limit') ?? 100));
  const until = time_of(query.get('until'), now());
  const since = time_of(query.get('since'), now() - 30 * 86400);
  const only = query.get('actions') === '1';
  const entries = [];
  for (let t = Math.floor(until / TICK) * TICK; t >= since && entries.length < limit && apps.length; t -= TICK) {
    for (const app of apps) {
      const e = world.entry(app, t, query.get('full') === '1');
      if (!only || e.action !== 'no_scale') entries.push(e);
      if (entries.length >= limit) break;
    }
  }
  return { decisions: entries };
}

function detail(app) {
  const t = Math.floor(now() / TICK) * TICK;
  return {
    ...world.summary(app, now(), false),
    policy: { app_name: '*', expressions: app.policy, regions: app.regions, process_group: 'app' },
    decision: world.entry(app, t, true).decision,
    machines: world.machines(app, now()),
    names: ['queue_depth', ...(app.seed % 3 === 0 ? ['oldest_job_seconds'] : []), 'started_machine_count', 'created_machine_count', 'current', 'previous'],
  };
}

function try_out({ app: name, expression, since, points }) {
  const app = app_of(encodeURIComponent(name));
  const names = (t) => ({ queue_depth: world.queue(app, t), oldest_job_seconds: world.queue(app, t + 50) * 0.8, started_machine_count: world.started(app, t), created_machine_count: app.size });
  try {
    const value = evaluate(expression, names(now()));
    const result = { value, type: typeof value };
    if (typeof value !== 'number') return { error: `the expression gives a ${typeof value}, not a number` };
    result.count = Math.max(0, Math.round(value));
    if (since) {
      const s = world.samples(app, time_of(since), now(), points ?? 800);
      result.history = { at: s.at, counts: s.at.map((t) => Math.max(0, Math.round(evaluate(expression, names(t))))), started: s.started, target: s.min_started };
    }
    return result;
  } catch (error) {
    if (error instanceof ExpressionError) return { error: error.message, caret: error.caret };
    throw error;
  }
}

const config = () => ({
  'app-name': '*',
  org: 'acme',
  interval: `${interval}s`,
  timeout: '30s',
  concurrency: 8,
  listen: ':9090',
  'dry-run': false,
  'state-dir': '/var/lib/fly-autoscaler',
  'history-max-age': '720h',
  regions: ['fra', 'iad'],
  'scale-up': { 'stabilization-window': '0s', policies: [{ type: 'machines', value: 4, period: '60s' }, { type: 'percent', value: 100, period: '60s' }], 'select-policy': 'max' },
  'scale-down': { 'stabilization-window': '5m', 'select-policy': 'max' },
  schedule: [{ name: 'office hours', cron: '0 8 * * 1-5', duration: '10h', 'time-zone': 'Europe/Zurich', 'min-started': 3 }],
  'metric-collectors': [
    { type: 'prometheus', 'metric-name': 'queue_depth', address: 'http://10.0.0.5:9090', query: "sum(queue_depth{app='$APP_NAME'})", 'token-set': true },
    { type: 'postgres', 'metric-name': 'oldest_job_seconds', query: 'select extract(epoch from now() - min(created_at)) from jobs', 'url-set': true },
  ],
});

function status() {
  const states = Object.fromEntries(ORDER.map((s) => [s, 0]));
  for (const app of world.apps) states[world.summary(app, now(), false).state]++;
  return {
    version: '0.1.0',
    now: new Date().toISOString(),
    started: born.toISOString(),
    app_name: '*',
    apps: world.apps.length,
    interval,
    dry_run: false,
    admin: token !== '',
    history: { lasting: true, ok: true, note: '' },
    states,
  };
}

function authorize(request) {
  if (!token) throw new Refused(403, 'no admin-token is set, so nothing can be changed here');
  if (request.headers['sec-fetch-site'] === 'cross-site') throw new Refused(403, 'cross-site request');
  if (request.headers.authorization !== `Bearer ${token}`) throw new Refused(401, 'the admin token is missing or wrong');
}

function change(app, what, method, body) {
  const until = body.for ? new Date(Date.now() + seconds_of(body.for) * 1000).toISOString() : null;
  const bounds = (b) => (b === null || b === undefined ? { min: null, max: null } : typeof b === 'number' ? { min: b, max: b } : b);
  if (what === 'pause') world.overrides.set(app.name, { paused: true, targets: null, until, reason: body.reason ?? '' });
  else if (what === 'resume' || method === 'DELETE') world.overrides.delete(app.name);
  else if (what === 'override') {
    if (!until) throw new Refused(400, 'for is required');
    world.overrides.set(app.name, { paused: false, targets: { created: bounds(body.created), started: bounds(body.started) }, until, reason: body.reason ?? '' });
  }
  ticked([app]);
  return world.summary(app, now(), false);
}

async function answer(request, url) {
  const parts = url.pathname.replace('/api/v1/', '').split('/');
  const [kind, name, what] = parts;
  if (request.method === 'GET') {
    if (kind === 'status') return [200, status()];
    if (kind === 'config') return [200, config()];
    if (kind === 'openapi.json') return [200, { openapi: '3.1.0' }];
    if (kind === 'decisions') return [200, decisions(url.searchParams)];
    if (kind === 'apps' && !name) return [200, list(url.searchParams)];
    if (kind === 'apps' && !what) return [200, detail(app_of(name))];
    if (kind === 'apps' && what === 'samples') {
      const q = url.searchParams;
      return [200, world.samples(app_of(name), time_of(q.get('since'), now() - 3600), time_of(q.get('until'), now()), Number(q.get('points') ?? 800))];
    }
    if (kind === 'apps' && what === 'plan') return [200, { decision: world.entry(app_of(name), Math.floor(now() / TICK) * TICK, true).decision }];
    throw new Refused(404, 'no such path');
  }
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  let body = {};
  try {
    body = chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : {};
  } catch {
    throw new Refused(400, 'the body is no JSON');
  }
  if (kind === 'evaluate') return [200, try_out(body)];
  if (kind !== 'apps' || !what) throw new Refused(404, 'no such path');
  authorize(request);
  const app = app_of(name);
  if (what === 'tick') {
    ticked([app]);
    return [202, {}];
  }
  return [200, change(app, what, request.method, body)];
}

// The event stream: in each second those whose tick it is.
const watchers = new Set();
function ticked(apps) {
  for (const w of watchers) {
    const mine = apps.filter((a) => !w.app || a.name === w.app);
    if (!mine.length) continue;
    w.reply.write(`event: apps\ndata: ${JSON.stringify(mine.map((a) => world.summary(a, now(), false)))}\n\n`);
    for (const a of mine) {
      // The log's ticks are 15 s apart; a quicker mock gives each its own time.
      const e = { ...world.entry(a, Math.floor(now() / TICK) * TICK, false), at: new Date().toISOString() };
      w.reply.write(`event: decision\ndata: ${JSON.stringify(e)}\n\n`);
    }
  }
}
let second = 0;
setInterval(() => {
  const turn = second++ % interval;
  if (watchers.size) ticked(world.apps.filter((_, i) => i % interval === turn));
}, 1000).unref();

function stream(request, reply, url) {
  reply.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  reply.write(`event: hello\ndata: ${JSON.stringify({ now: new Date().toISOString() })}\n\n`);
  const watcher = { app: url.searchParams.get('app'), reply };
  watchers.add(watcher);
  request.on('close', () => watchers.delete(watcher));
}

function file(request, reply, url) {
  const name = url.pathname === '/' ? 'index.html' : url.pathname.slice(1);
  const full = path.join(dist, name);
  if (!full.startsWith(dist + path.sep) || !TYPES[path.extname(full)]) throw new Refused(404, 'no such page');
  const headers = {
    'Content-Type': TYPES[path.extname(full)],
    'Content-Security-Policy': CSP,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
  const packed = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  try {
    statSync(full);
    const body = readFileSync(packed ? `${full}.gz` : full);
    reply.writeHead(200, packed ? { ...headers, 'Content-Encoding': 'gzip' } : headers);
    reply.end(body);
  } catch {
    throw new Refused(404, 'no such page');
  }
}

const server = http.createServer(async (request, reply) => {
  const url = new URL(request.url, 'http://localhost');
  try {
    if (url.pathname === '/api/v1/events') return stream(request, reply, url);
    if (!url.pathname.startsWith('/api/v1/')) return file(request, reply, url);
    const [code, body] = await answer(request, url);
    reply.writeHead(code, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
    reply.end(JSON.stringify(body));
  } catch (error) {
    reply.writeHead(error.status ?? 500, { 'Content-Type': 'application/json' });
    reply.end(JSON.stringify({ error: error.message }));
  }
});
server.listen(Number(option('port', 8300)), '127.0.0.1', () => {
  const { port } = server.address();
  const port_file = option('port-file', '');
  if (port_file) {
    writeFileSync(`${port_file}.new`, `${port}\n`);
    renameSync(`${port_file}.new`, port_file);
  }
  console.log(`http://127.0.0.1:${port}/`);
});
process.on('SIGTERM', () => process.exit(0));
