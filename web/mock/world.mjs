// A made-up fleet: every number is a function of the app and the time, so that any stretch of history can be asked for.
import { evaluate } from './expression.mjs';

export const TICK = 15; // seconds, of the recorded history

const hash = (text) => {
  let h = 2166136261;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
  return h >>> 0;
};
const noise = (seed, n) => (hash(`${seed}/${n}`) % 10_000) / 10_000;
const smooth = (seed, t) => {
  const n = Math.floor(t);
  const f = t - n;
  return noise(seed, n) * (1 - f) + noise(seed, n + 1) * f;
};

const KINDS = ['mail-sender', 'thumbnailer', 'invoice-pdf', 'search-index', 'webhooks', 'transcoder', 'import-csv', 'billing-run', 'push-notify', 'embeddings'];
const REGIONS = [['fra', 'ams'], ['iad'], ['fra'], ['iad', 'ord', 'sjc'], ['nrt', 'syd']];
const POLICIES = [
  { started: 'ceil(queue_depth / 20)' },
  { min_started: 'ceil(queue_depth / 25)', max_started: 'ceil(queue_depth / 25) + 2' },
  { min_started: 'max(1, ceil(queue_depth / 15))', max_started: 'max(3, ceil(queue_depth / 10))' },
];

export class World {
  constructor(count) {
    this.overrides = new Map();
    this.apps = Array.from({ length: count }, (_, i) => this.make(i));
    this.by_name = new Map(this.apps.map((a) => [a.name, a]));
  }

  make(i) {
    const kind = KINDS[i % KINDS.length];
    const name = i < KINDS.length ? kind : `${kind}-${String(Math.floor(i / KINDS.length)).padStart(3, '0')}`;
    const seed = hash(name);
    const size = i % 7 === 3 ? 40 : 6 + (seed % 9);
    return {
      name,
      seed,
      size,
      regions: REGIONS[seed % REGIONS.length],
      policy: POLICIES[seed % POLICIES.length],
      amplitude: size * 14,
      phase: (seed % 24) / 24,
      trouble: i % 97 === 4 ? 'failing' : i % 211 === 6 ? 'held' : '',
    };
  }

  queue(app, t) {
    const day = (1 + Math.sin(2 * Math.PI * (t / 86400 + app.phase))) / 2;
    const hour = smooth(app.seed, t / 2400);
    const jitter = smooth(app.seed ^ 7, t / 90);
    const spike = noise(app.seed ^ 3, Math.floor(t / 5400)) > 0.72 ? Math.max(0, 1 - Math.abs((t % 5400) - 2000) / 900) : 0;
    return Math.max(0, Math.round(app.amplitude * (0.12 + day * 0.45 + (hour - 0.4) * 0.5 + (jitter - 0.5) * 0.12 + spike * 0.6)));
  }

  // As the policy has it, within what there is.
  bounds(app, t) {
    const names = { queue_depth: this.queue(app, t) };
    const count = (text) => Math.max(0, Math.min(app.size, Math.round(evaluate(text, names))));
    const p = app.policy;
    if (p.started) {
      const n = count(p.started);
      return { min: n, max: n };
    }
    return { min: count(p.min_started), max: count(p.max_started) };
  }

  // A little behind the target, as machines take their time.
  started(app, t) {
    const clamp = (n, b) => Math.min(Math.max(n, b.min), b.max);
    let n = this.bounds(app, t - 6 * TICK).min;
    for (let k = 5; k >= 1; k--) n = clamp(n, this.bounds(app, t - k * TICK));
    return n;
  }

  summary(app, now, spark = true) {
    const t = Math.floor(now / TICK) * TICK;
    const override = this.override(app, now);
    const policy = this.bounds(app, t);
    const started_target = override?.targets?.started ?? policy;
    const targets = { created: override?.targets?.created ?? { min: null, max: null }, started: started_target };
    const started = override?.targets ? Math.min(app.size, started_target.min ?? started_target.max) : this.started(app, t);
    const change = override?.paused || app.trouble ? 0 : plan_count(started, started_target);
    const failing = app.trouble === 'failing';
    const state = override?.paused ? 'paused' : failing ? 'failing' : app.trouble === 'held' ? 'held' : change ? 'scaling' : 'ok';
    const note = { failing: 'queue_depth: cannot reach 10.0.0.5:9090: connection refused; holding', held: 'a release is in progress', paused: override?.reason ?? '' }[state] ?? '';
    const result = {
      name: app.name,
      state,
      note,
      at: new Date(now * 1000).toISOString(),
      metrics: [
        failing ? { name: 'queue_depth', error: 'cannot reach 10.0.0.5:9090: connection refused' } : { name: 'queue_depth', value: this.queue(app, now) },
        ...(app.seed % 3 === 0 ? [{ name: 'oldest_job_seconds', value: Math.round(this.queue(app, now + 50) * 0.8) }] : []),
      ],
      counts: { created: app.size, started, coming_up: Math.max(0, change), stopped: Math.max(0, app.size - started - Math.max(0, change)), suspended: 0 },
      targets: failing ? null : targets,
      action: change > 0 ? 'start' : change < 0 ? 'stop' : 'no_scale',
      count: Math.abs(change),
      override,
    };
    if (spark) result.spark = Array.from({ length: 40 }, (_, i) => (failing && i > 30 ? null : this.queue(app, t - (39 - i) * TICK)));
    return result;
  }

  override(app, now) {
    const o = this.overrides.get(app.name);
    if (!o) return null;
    if (o.until && Date.parse(o.until) / 1000 <= now) {
      this.overrides.delete(app.name);
      return null;
    }
    return o;
  }

  machines(app, now) {
    const s = this.summary(app, now, false);
    return Array.from({ length: app.size }, (_, i) => ({
      id: `${(app.seed % 0xffff).toString(16).padStart(4, '0')}${(4096 + i).toString(16)}44b041`,
      region: app.regions[i % app.regions.length],
      state: i < s.counts.started ? 'started' : i < s.counts.started + s.counts.coming_up ? 'starting' : 'stopped',
      created_at: new Date((now - 86400 * 9 - i * 600) * 1000).toISOString(),
    }));
  }

  // One entry of the log; with `full`, its decision.
  entry(app, t, full) {
    const started = this.started(app, t);
    const b = this.bounds(app, t);
    const change = plan_count(started, b);
    const action = change > 0 ? 'start' : change < 0 ? 'stop' : 'no_scale';
    const broken = app.trouble === 'failing' || noise(app.seed ^ 11, Math.floor(t / TICK)) > 0.9985;
    const held = !broken && app.trouble === 'held' && change !== 0;
    const lost = !broken && !held && change > 0 && noise(app.seed ^ 5, t) > 0.96;
    const entry = {
      app: app.name,
      at: new Date(t * 1000).toISOString(),
      action: broken ? 'no_scale' : action,
      count: broken ? 0 : Math.abs(change),
      ok: !broken && !lost,
      reason: broken ? '' : reason(started, b, change),
      error: broken ? 'metric "queue_depth" has no value: cannot reach 10.0.0.5:9090: connection refused' : lost ? 'start e784079b441007: the region has no room (status 412)' : '',
      hold: held ? 'a release is in progress' : '',
    };
    if (full) entry.decision = this.decision(app, t, entry, started, b, change);
    return entry;
  }

  decision(app, t, entry, started, b, change) {
    const broken = entry.error && entry.action === 'no_scale';
    const counts = { created: app.size, started, coming_up: 0, stopped: app.size - started, suspended: 0 };
    const targets = { created: { min: null, max: null }, started: b };
    const d = {
      at: entry.at,
      current: counts,
      metrics: [broken ? { metric: 'queue_depth', error: 'cannot reach 10.0.0.5:9090: connection refused' } : { metric: 'queue_depth', value: this.queue(app, t) }],
    };
    if (broken) d.error = entry.error;
    else {
      const wanted = { ...b, min: b.min + (change > 3 ? change - 3 : 0), max: Math.max(b.max, b.min + (change > 3 ? change - 3 : 0)) };
      d.computed = { ...targets, started: wanted };
      if (change > 3) d.stages = [{ name: 'steps', before: d.computed, after: targets, reason: 'scale-up policy 4 machines per 1m0s, 1 of them done' }];
      d.targets = targets;
    }
    d.plan = { action: entry.action, count: entry.count, reason: entry.reason };
    if (change && !broken) {
      const machines = this.machines(app, t).filter((m) => (change > 0 ? m.state !== 'started' : m.state === 'started'));
      d.plan.machines = machines.slice(0, Math.abs(change));
      if (!entry.hold) {
        d.outcomes = d.plan.machines.map((m, i) => ({
          id: m.id,
          region: m.region,
          result: entry.error && i === 0 ? 'failed' : 'done',
          becomes: change > 0 ? 'started' : 'stopped',
          ...(entry.error && i === 0 ? { error: 'the region has no room (status 412)' } : {}),
        }));
      }
    }
    if (entry.hold) d.hold = entry.hold;
    return d;
  }

  samples(app, since, until, points) {
    const width = Math.max(TICK, Math.ceil((until - since) / points / TICK) * TICK);
    const out = { at: [], metrics: { queue_depth: [] }, created: [], started: [], min_created: [], max_created: [], min_started: [], max_started: [] };
    if (app.seed % 3 === 0) out.metrics.oldest_job_seconds = [];
    for (let t = Math.ceil(since / width) * width; t <= until; t += width) {
      const at = [t, ...(width > TICK ? [t - Math.floor(width / 2 / TICK) * TICK] : [])];
      const most = (f) => Math.max(...at.map(f));
      const gone = noise(app.seed ^ 21, Math.floor(t / 1200)) > 0.985;
      out.at.push(t);
      out.metrics.queue_depth.push(gone ? null : most((s) => this.queue(app, s)));
      out.metrics.oldest_job_seconds?.push(gone ? null : most((s) => Math.round(this.queue(app, s + 50) * 0.8)));
      out.created.push(app.size);
      out.started.push(most((s) => this.started(app, s)));
      out.min_created.push(null);
      out.max_created.push(null);
      out.min_started.push(most((s) => this.bounds(app, s).min));
      out.max_started.push(most((s) => this.bounds(app, s).max));
    }
    return out;
  }
}

const plan_count = (started, b) => {
  if (b.min !== null && started < b.min) return b.min - started;
  if (b.max !== null && started > b.max) return b.max - started;
  return 0;
};

function reason(started, b, change) {
  if (change > 0) return `start ${change} machine${change === 1 ? '' : 's'}: ${started} started or on the way, at least ${b.min} wanted`;
  if (change < 0) return `stop ${-change} machine${change === -1 ? '' : 's'}: ${started} started, at most ${b.max} wanted`;
  return `${started} started, as wanted`;
}
