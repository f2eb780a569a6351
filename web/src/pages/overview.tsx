// All apps at a glance. On a phone the rows are cards; the roles keep them a table for who has it read out. Rows change in place; their order only when asked for.
import { memo } from '../memo';
import { useEffect, useState } from 'preact/hooks';
import { api, STATES, type AppSummary, type State } from '../api';
import { useStatus } from '../admin';
import { CountBar, Empty, Failure, Loading, MetricValue, OverrideBadge, PageTitle, Spark, StateBadge, StateIcon, Time } from '../components/bits';
import { action, acts, bounds, moment, number } from '../format';
import { server_now, useDebounced, useEvents, useResource } from '../live';
import { link, set_query, type Route } from '../router';

const PAGE = 100;
const SORTS: [string, string][] = [
  ['name', 'Name'],
  ['state', 'State'],
  ['metric', 'Metric'],
  ['started', 'Started'],
];

const Row = memo(function Row({ app }: { app: AppSummary }) {
  const metric = app.metrics[0];
  const t = app.targets;
  const target = t && (t.started.min !== null || t.started.max !== null ? bounds(t.started) : t.created.min !== null || t.created.max !== null ? `${bounds(t.created)} created` : null);
  return (
    <tr role="row" class={`app-row row-${app.state}`}>
      <th scope="row" role="rowheader" class="cell-name">
        <a href={link(['app', app.name])}>{app.name}</a>
        {app.note && <p class="note">{app.note}</p>}
        <OverrideBadge override={app.override} />
      </th>
      <td role="cell" class="cell-state">
        <StateBadge state={app.state} />
      </td>
      <td role="cell" class="cell-spark">
        <Spark values={app.spark ?? []} />
      </td>
      <td role="cell" class="cell-metric">
        <span class={`metric-value${metric?.error ? ' bad-text' : ''}`} title={metric?.error}>
          {!metric ? '' : metric.error ? 'error' : metric.series !== undefined ? `${metric.series} series` : number(metric.value)}
        </span>
        <MetricValue app={app} />
      </td>
      <td role="cell" class="cell-bar">
        <CountBar counts={app.counts} targets={app.targets} />
      </td>
      <td role="cell" class="cell-counts">
        <b>{app.counts.started}</b>
        {target !== null && <span> / {target}</span>}
        <small>{app.counts.created} created</small>
      </td>
      <td role="cell" class="cell-last">
        <span class={acts(app.action) ? '' : 'muted'}>{action(app.action, app.count)}</span>
        <small>
          <Time at={app.at} relative />
        </small>
      </td>
    </tr>
  );
});

function Totals({ selected, onSelect }: { selected: string; onSelect: (state: string) => void }) {
  const status = useStatus();
  const chosen = selected ? selected.split(',') : [];
  const toggle = (state: State) => onSelect(chosen.includes(state) ? chosen.filter((s) => s !== state).join(',') : [...chosen, state].join(','));
  return (
    <div class="totals" role="group" aria-label="Apps by state">
      <button type="button" aria-pressed={chosen.length === 0} onClick={() => onSelect('')}>
        <b>{status ? number(status.apps) : '–'}</b> all
      </button>
      {STATES.map((state) => {
        const count = status?.states[state] ?? 0;
        return (
          <button key={state} type="button" class={`state-${state}${count ? '' : ' none'}`} aria-pressed={chosen.includes(state)} onClick={() => toggle(state)}>
            <b>{status ? number(count) : '–'}</b>
            <StateIcon state={state} /> {state}
          </button>
        );
      })}
    </div>
  );
}

function Header({ sort, order, onSort }: { sort: string; order: string; onSort: (key: string) => void }) {
  const column = (key: string, text: string, span = 1) => (
    <th scope="col" role="columnheader" colSpan={span} aria-sort={sort === key ? (order === 'desc' ? 'descending' : 'ascending') : undefined}>
      <button type="button" class="sorter" onClick={() => onSort(key)}>
        {text}
        <span aria-hidden="true">{sort === key ? (order === 'desc' ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  );
  return (
    <thead role="rowgroup">
      <tr role="row">
        {column('name', 'App')}
        {column('state', 'State')}
        {column('metric', 'Metric', 2)}
        {column('started', 'Started / target', 2)}
        <th scope="col" role="columnheader">Last decision</th>
      </tr>
    </thead>
  );
}

// The event's apps have no sparkline: the newest value is put to the one at hand.
function renewed(old: AppSummary, next: AppSummary): AppSummary {
  const value = next.metrics[0]?.value ?? null;
  const spark = old.at === next.at ? old.spark : [...(old.spark ?? []), value].slice(-40);
  return { ...next, spark };
}

export function Overview({ route }: { route: Route }) {
  const search = route.query.get('search') ?? '';
  const state = route.query.get('state') ?? '';
  const sort = route.query.get('sort') ?? 'name';
  const order = route.query.get('order') ?? 'asc';
  const page = Math.max(0, Number(route.query.get('page') ?? 1) - 1 || 0);
  const [text, set_text] = useState(search);
  const settled = useDebounced(text, 200);
  useEffect(() => {
    if (settled !== search) set_query({ search: settled, page: undefined });
  }, [settled]);
  useEffect(() => {
    if (search !== settled) set_text(search);
  }, [search]);

  const [apps, set_apps] = useState<AppSummary[]>([]);
  const [as_of, set_as_of] = useState(0);
  const [said, say] = useState('');
  const list = useResource(`${search} ${state} ${sort} ${order} ${page}`, (signal) => api.apps({ search, state, sort, order, offset: page * PAGE, limit: PAGE }, signal));
  useEffect(() => {
    if (!list.data) return;
    set_apps(list.data.apps);
    set_as_of(server_now());
  }, [list.data]);
  useEvents(undefined, {
    apps: (changed) => {
      const by_name = new Map(changed.map((a) => [a.name, a]));
      set_apps((old) => {
        if (!old.some((a) => by_name.has(a.name))) return old;
        const worse = old.find((a) => a.state !== 'failing' && by_name.get(a.name)?.state === 'failing');
        if (worse) say(`${worse.name} is failing`);
        return old.map((a) => {
          const next = by_name.get(a.name);
          return next ? renewed(a, next) : a;
        });
      });
    },
    again: list.reload,
  });

  const total = list.data?.total ?? 0;
  const pages = Math.ceil(total / PAGE);
  const sort_by = (key: string) => set_query({ sort: key === 'name' ? undefined : key, order: sort === key && order === 'asc' ? 'desc' : undefined, page: undefined });
  // Sorted and filtered as the page was loaded; where live changes have overtaken that, it says so.
  const outdated = state !== '' && apps.some((a) => !state.split(',').includes(a.state));
  return (
    <>
      <div class="page-head">
        <PageTitle title="Apps" />
        <Totals selected={state} onSelect={(s) => set_query({ state: s, page: undefined })} />
      </div>
      <div class="filters">
        <label class="search">
          <span class="sr">Search by name</span>
          <input type="search" placeholder="Search by name" value={text} onInput={(e) => set_text(e.currentTarget.value)} />
        </label>
        <label class="inline phone-only">
          Sort
          <select value={sort} onChange={(e) => set_query({ sort: e.currentTarget.value === 'name' ? undefined : e.currentTarget.value, page: undefined })}>
            {SORTS.map(([key, name]) => (
              <option key={key} value={key}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <span class="muted as-of">
          {as_of > 0 && `Order as of ${moment(new Date(as_of))}`}
          {outdated && ', states have changed since'}
          <button type="button" class="quiet small" onClick={list.reload}>
            Refresh
          </button>
        </span>
      </div>
      <p class="sr" role="status">
        {said}
      </p>
      {list.error && <Failure error={list.error} retry={list.reload} />}
      {!list.data && list.loading && <Loading what="apps" />}
      {list.data && !apps.length && <Empty>{search || state ? 'No app fits.' : 'No apps yet: they appear with the first list of the organisation.'}</Empty>}
      {apps.length > 0 && (
        <table role="table" class="apps" aria-busy={list.loading}>
          <caption class="sr">
            Apps {page * PAGE + 1} to {page * PAGE + apps.length} of {total}
          </caption>
          <Header sort={sort} order={order} onSort={sort_by} />
          <tbody role="rowgroup">
            {apps.map((a) => (
              <Row key={a.name} app={a} />
            ))}
          </tbody>
        </table>
      )}
      {pages > 1 && (
        <nav class="pager" aria-label="Parts of the list">
          <button type="button" disabled={page === 0} onClick={() => go(page - 1)}>
            Previous
          </button>
          <span>
            {number(page * PAGE + 1)}–{number(page * PAGE + apps.length)} of {number(total)}
          </span>
          <button type="button" disabled={page + 1 >= pages} onClick={() => go(page + 1)}>
            Next
          </button>
        </nav>
      )}
    </>
  );
}

function go(page: number) {
  set_query({ page: page ? String(page + 1) : undefined });
  window.scrollTo({ top: 0 });
}
