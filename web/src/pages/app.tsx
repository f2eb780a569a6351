// One app: what it does, why, and what did it do before.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { api, ApiError, type AppDetail, type AppSummary, type Decision, type Entry } from '../api';
import { AdminPanel } from '../components/AdminPanel';
import { Choice, Empty, Failure, Loading, OverrideBadge, PageTitle, StateBadge, Time } from '../components/bits';
import { DecisionLog, KINDS, type Kind } from '../components/DecisionLog';
import { Explain } from '../components/Explain';
import { Machines } from '../components/Machines';
import { TimeChart } from '../components/TimeChart';
import { action, bounds, field_name, moment, number, span, targets, utc } from '../format';
import { server_now, useEvents, useResource, useThrottled } from '../live';
import { iso, known_range, named_range, no_samples, RANGES, range_text, seconds_of, trimmed, type Range } from '../range';
import { link, set_query, type Route } from '../router';
import { app_chart, chart_summary, METRIC_COLOURS } from './app_chart';

const POINTS = 720;

export function AppHead({ app, tab }: { app: AppDetail; tab: 'app' | 'try' }) {
  return (
    <div class="app-head">
      <p class="crumb">
        <a href={link([])}>Apps</a>
        {tab === 'try' && (
          <>
            {' / '}
            <a href={link(['app', app.name])}>{app.name}</a>
          </>
        )}
      </p>
      <PageTitle title={tab === 'try' ? `Try a policy for ${app.name}` : app.name} />
      <StateBadge state={app.state} />
      <OverrideBadge override={app.override} />
    </div>
  );
}

function Figures({ app }: { app: AppDetail }) {
  const c = app.counts;
  const extra = [c.coming_up ? `${c.coming_up} on the way` : '', c.stopped ? `${c.stopped} stopped` : '', c.suspended ? `${c.suspended} suspended` : ''].filter(Boolean).join(', ');
  return (
    <dl class="figures">
      {app.metrics.slice(0, 4).map((m, i) => (
        <div key={m.name}>
          <dt>{m.name}</dt>
          <dd class={m.error ? 'bad-text' : `c-${METRIC_COLOURS[i]}`}>{m.error ? 'error' : m.series !== undefined ? m.series : number(m.value)}</dd>
          {m.error && <dd class="sub bad-text">{m.error}</dd>}
          {m.series !== undefined && <dd class="sub">series</dd>}
        </div>
      ))}
      <div>
        <dt>started</dt>
        <dd class="c-started">{c.started}</dd>
        <dd class="sub">{app.targets ? `target ${bounds(app.targets.started)}` : 'no target'}</dd>
      </div>
      <div>
        <dt>created</dt>
        <dd>{c.created}</dd>
        <dd class="sub">{extra || (app.targets && targets(app.targets).includes('created') ? `target ${bounds(app.targets.created)}` : ' ')}</dd>
      </div>
      <div>
        <dt>last decision</dt>
        <dd class="word">{action(app.action, app.count)}</dd>
        <dd class="sub">
          <Time at={app.at} relative />
        </dd>
      </div>
    </dl>
  );
}

function PolicyPart({ app }: { app: AppDetail }) {
  const { policy } = app;
  const expressions = Object.entries(policy.expressions);
  return (
    <section class="card" aria-labelledby="policy">
      <h2 id="policy">Policy</h2>
      {policy.app_name !== app.name && (
        <p class="muted">
          of <code>{policy.app_name}</code>
        </p>
      )}
      <dl class="policy">
        {expressions.map(([key, text]) => (
          <div key={key}>
            <dt>{field_name(key)}</dt>
            <dd>
              <code>{text}</code>
              <a class="try" href={link(['app', app.name, 'try'], { field: key })} aria-label={`Try ${field_name(key)}`}>
                Try
              </a>
            </dd>
          </div>
        ))}
        {!expressions.length && <p class="muted">No expressions: nothing is scaled.</p>}
        {policy.regions?.length ? (
          <div>
            <dt>regions</dt>
            <dd>{policy.regions.join(', ')}</dd>
          </div>
        ) : null}
        {policy.process_group && (
          <div>
            <dt>process group</dt>
            <dd>{policy.process_group}</dd>
          </div>
        )}
      </dl>
    </section>
  );
}

// The newest decision up to a time, each asked for once.
function useDecisionAt(app: string, at: number | null): Decision | undefined | null {
  const cache = useRef(new Map<string, Decision | null>());
  const [found, set_found] = useState<{ key: string; decision: Decision | null } | null>(null);
  const key = at === null ? '' : iso(at);
  useEffect(() => {
    if (at === null) return;
    const known = cache.current.get(key);
    if (known !== undefined) return set_found({ key, decision: known });
    const abort = new AbortController();
    // Only where the cursor rests.
    const timer = window.setTimeout(async () => {
      try {
        const { decisions } = await api.decisions({ app, until: iso(at + 0.001), limit: 1, full: 1 }, abort.signal);
        const decision = decisions[0]?.decision ?? null;
        if (cache.current.size > 500) cache.current.clear();
        cache.current.set(key, decision);
        set_found({ key, decision });
      } catch {
        // The next move of the cursor asks again.
      }
    }, 90);
    return () => {
      window.clearTimeout(timer);
      abort.abort();
    };
  }, [app, key]);
  if (at === null) return null;
  return found?.decision ?? undefined;
}

export function AppPage({ name, route }: { name: string; route: Route }) {
  const detail = useResource(`app ${name}`, (signal) => api.app(name, signal), false);
  const [chosen, set_chosen] = useState<Range | null>(null); // a part that was marked
  const range_name = known_range(route.query.get('range'));
  const kind = (KINDS.find(([k]) => k === route.query.get('log'))?.[0] ?? 'actions') as Kind;
  const since = route.query.get('since') ?? '24h';

  const samples = useResource(`samples ${name} ${chosen ? `${chosen.from} ${chosen.to}` : range_name}`, async (signal) => {
    const range = chosen ?? named_range(range_name, server_now());
    const time = { since: iso(range.from), until: iso(range.to) };
    const [columns, log] = await Promise.all([
      api.samples(name, { ...time, points: POINTS }, signal),
      api.decisions({ app: name, ...time, actions: 1, limit: 1000 }, signal).catch(() => ({ decisions: [] as Entry[] })),
    ]);
    return { columns, entries: log.decisions, range };
  });

  const refresh_detail = useThrottled(detail.reload, 2000);
  // As often as a bucket of the chart fills, and not while a part of the past is looked at.
  const refresh_samples = useThrottled(() => !chosen && samples.reload(), Math.max(2000, (1000 * seconds_of(named_range(range_name, 0))) / POINTS));
  useEvents(name, {
    apps: (list) => {
      const mine = list.find((a) => a.name === name);
      if (!mine || !detail.data) return;
      detail.set({ ...detail.data, ...mine });
      refresh_detail();
      refresh_samples();
    },
    again: () => {
      detail.reload();
      samples.reload();
    },
  });

  const [hover, set_hover] = useState<number | null>(null);
  const [pinned, set_pinned] = useState<number | null>(null);
  const looked_at = useDecisionAt(name, pinned ?? hover);
  const data = useMemo(() => {
    const { columns, entries, range } = samples.data ?? { columns: no_samples, entries: [], range: named_range(range_name, server_now()) };
    const drawn = trimmed(range, columns.at[0]);
    return { chart: app_chart(columns, entries, drawn), summary: chart_summary(columns, entries), range: drawn, young: drawn !== range };
  }, [samples.data]);

  if (detail.error && !detail.data) {
    const unknown = detail.error instanceof ApiError && detail.error.status === 404;
    return (
      <>
        <PageTitle title={name} />
        {unknown ? (
          <Empty>
            No app of this name is scaled here. <a href={link([])}>All apps</a>
          </Empty>
        ) : (
          <Failure error={detail.error} retry={detail.reload} />
        )}
      </>
    );
  }
  const app = detail.data;
  if (!app) return <Loading what={name} />;

  const changed = (summary: AppSummary | undefined) => {
    if (summary) detail.set({ ...app, ...summary });
    detail.reload();
  };
  const at = pinned ?? hover;
  const shown = at === null ? app.decision : looked_at;
  return (
    <>
      <div class="app-top">
        <AppHead app={app} tab="app" />
        <AdminPanel app={app} onChange={changed} />
      </div>
      {app.note && <p class={`notice ${app.state === 'failing' ? 'bad' : 'warn'}`}>{app.note}</p>}
      <Figures app={app} />
      <section class="card chart-card" aria-labelledby="chart-title">
        <div class="card-head">
          <h2 id="chart-title">Metric and machines</h2>
          {chosen && (
            <span class="zoomed">
              {range_text(chosen)} ({span(seconds_of(chosen))})
              <button type="button" class="quiet small" onClick={() => set_chosen(null)}>
                Back to live
              </button>
            </span>
          )}
          <Choice
            label="Time shown"
            options={RANGES}
            value={chosen ? null : range_name}
            onChange={(r) => {
              set_chosen(null);
              set_pinned(null);
              set_query({ range: r === '1h' ? undefined : r });
            }}
          />
        </div>
        {samples.error && <Failure error={samples.error} retry={samples.reload} />}
        <TimeChart
          data={data.chart}
          label={`Metrics, machines and targets of ${app.name}, ${range_text(data.range)}`}
          summary={data.summary}
          onPoint={set_hover}
          onPick={(t) => set_pinned((p) => (p === t ? null : t))}
          onZoom={(from, to) => {
            set_pinned(null);
            set_chosen({ name: '', from, to });
          }}
          onUnzoom={() => set_chosen(null)}
        />
        <p class="chart-help muted">
          <span class="key up">▲ more</span> <span class="key down">▼ fewer</span> <span class="key held">□ held</span> <span class="key failed">× failed</span>
          {data.young && <span>Recorded since {moment(new Date(samples.data!.columns.at[0] * 1000))}.</span>}
          <span class="desktop-only">Drag to zoom, double-click to go back, click to keep a moment.</span>
        </p>
      </section>
      <div class="columns">
        <section class="card" aria-labelledby="why">
          <div class="card-head">
            <h2 id="why">{at === null ? 'Last decision' : 'Decision at that time'}</h2>
            {shown && (
              <time class="muted" dateTime={shown.at} title={utc(new Date(shown.at))}>
                {moment(new Date(shown.at))}
              </time>
            )}
            {pinned !== null && (
              <button type="button" class="quiet small" onClick={() => set_pinned(null)}>
                Back to the last
              </button>
            )}
          </div>
          {shown ? <Explain decision={shown} /> : shown === undefined ? <Loading what="the decision" /> : <Empty>{at === null ? 'No decision yet.' : 'No decision is recorded up to that time.'}</Empty>}
        </section>
        <div class="stack">
          <section class="card" aria-labelledby="fleet">
            <h2 id="fleet">Machines</h2>
            <Machines machines={app.machines} />
          </section>
          <PolicyPart app={app} />
        </div>
      </div>
      <section class="card" aria-labelledby="log">
        <h2 id="log">Decisions</h2>
        <DecisionLog app={app.name} kind={kind} since={since} onKind={(k) => set_query({ log: k === 'actions' ? undefined : k })} onSince={(s) => set_query({ since: s === '24h' ? undefined : s })} />
      </section>
    </>
  );
}
