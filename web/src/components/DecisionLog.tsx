// Decisions, newest first: filters, live additions, each opened to its explanation.
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, type Decision, type Entry } from '../api';
import { action, acts } from '../format';
import { server_now, useEvents, useResource, useThrottled } from '../live';
import { link } from '../router';
import { Choice, Empty, Failure, Loading, Time } from './bits';
import { Explain } from './Explain';

export type Kind = 'all' | 'actions' | 'failures';
export const KINDS: [Kind, string][] = [
  ['all', 'All'],
  ['actions', 'Actions'],
  ['failures', 'Failures'],
];
const SINCE: [string, string, number][] = [
  ['1h', 'Last hour', 1],
  ['6h', '6 hours', 6],
  ['24h', '24 hours', 24],
  ['168h', '7 days', 168],
  ['all', 'All', 0],
];
const begin = (since: string) => {
  const hours = SINCE.find(([name]) => name === since)?.[2];
  return hours ? new Date(server_now() - hours * 3_600_000).toISOString() : undefined;
};
const PAGE = 50; // of all apps; an app's page has more to show
const APP_PAGE = 20;
const MOST = 500; // that the page holds of what came live
const CALM = 4; // so many at once do not move the list under a reader's eyes

const matches = (e: Entry, kind: Kind) => kind === 'all' || (kind === 'actions' ? acts(e.action) : !e.ok || e.error !== '');

const key_of = (e: Entry) => `${e.app} ${e.at}`;

// Where the server has no filter for failures, they are picked from longer pages here.
async function load(app: string | undefined, kind: Kind, since: string, until: string | undefined, signal?: AbortSignal) {
  const limit = kind === 'failures' ? 1000 : app && !app.includes('*') ? APP_PAGE : PAGE;
  const { decisions } = await api.decisions({ app, since: begin(since), until, actions: kind === 'actions' ? 1 : undefined, limit }, signal);
  return { entries: decisions.filter((e) => matches(e, kind)), more: decisions.length >= limit, oldest: decisions[decisions.length - 1]?.at };
}

function Opened({ entry }: { entry: Entry }) {
  const { data, error } = useResource<Decision | undefined>(key_of(entry), async (signal) => {
    // Until is the end of the tick: the one asked for is the newest up to it.
    const until = new Date(Date.parse(entry.at) + 1).toISOString();
    const { decisions } = await api.decisions({ app: entry.app, since: entry.at, until, limit: 3, full: 1 }, signal);
    return (decisions.find((d) => d.at === entry.at) ?? decisions[0])?.decision;
  });
  if (error) return <Failure error={error} />;
  return data ? <Explain decision={data} /> : <Loading what="the decision" />;
}

function Row({ entry, app }: { entry: Entry; app: boolean }) {
  const [open, set_open] = useState(false);
  const bad = entry.error || (!entry.ok && 'failed');
  return (
    <li class={`entry${bad ? ' bad' : entry.hold ? ' held' : acts(entry.action) ? ' act' : ''}`}>
      <button type="button" class="entry-line" aria-expanded={open} onClick={() => set_open(!open)}>
        <span class="entry-time">
          <Time at={entry.at} />
        </span>
        {app && <span class="entry-app">{entry.app}</span>}
        <span class="entry-action">{entry.hold ? `held: ${action(entry.action, entry.count)}` : bad && !acts(entry.action) ? 'failed' : action(entry.action, entry.count)}</span>
        <span class="entry-reason">{entry.error || entry.hold || entry.reason}</span>
      </button>
      {open && (
        <div class="entry-body">
          {app && (
            <p>
              <a href={link(['app', entry.app])}>Open {entry.app}</a>
            </p>
          )}
          <Opened entry={entry} />
        </div>
      )}
    </li>
  );
}

interface Props {
  app?: string; // of one app alone; may hold *
  pattern?: boolean; // shows the app of each
  kind: Kind;
  since: string;
  onKind: (kind: Kind) => void;
  onSince: (since: string) => void;
}

export function DecisionLog({ app, pattern, kind, since, onKind, onSince }: Props) {
  const [entries, set_entries] = useState<Entry[]>([]);
  const [more, set_more] = useState<string | undefined>();
  const [busy, set_busy] = useState(false);
  // What comes is gathered for a moment. A few are shown at once; a stream of them waits for a click.
  const arrived = useRef<Entry[]>([]);
  const [waiting, set_waiting] = useState(0);
  const first = useResource(`${app ?? ''} ${kind} ${since}`, (signal) => load(app, kind, since, undefined, signal));
  useEffect(() => {
    if (!first.data) return;
    arrived.current = [];
    set_waiting(0);
    set_entries(first.data.entries);
    set_more(first.data.more ? first.data.oldest : undefined);
  }, [first.data]);

  const wanted = app?.includes('*') ? new RegExp(`^${app.split('*').map((p) => p.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`) : null;
  const show = () => {
    const fresh = arrived.current.reverse();
    arrived.current = [];
    set_waiting(0);
    set_entries((list) => {
      const known = new Set(list.slice(0, MOST).map(key_of));
      return [...fresh.filter((e) => !known.has(key_of(e))), ...list].slice(0, Math.max(MOST, list.length));
    });
  };
  const gather = useThrottled(() => (arrived.current.length > CALM ? set_waiting(arrived.current.length) : show()), 500);
  useEvents(pattern ? undefined : app, {
    decision: (e) => {
      if (!matches(e, kind) || (app && (wanted ? !wanted.test(e.app) : e.app !== app))) return;
      arrived.current.push(e);
      if (arrived.current.length > MOST) arrived.current.shift();
      gather();
    },
    again: first.reload,
  });

  const older = async () => {
    if (!more) return;
    set_busy(true);
    try {
      const next = await load(app, kind, since, new Date(Date.parse(more) - 1).toISOString());
      set_entries((list) => [...list, ...next.entries.filter((e) => !list.some((o) => key_of(o) === key_of(e)))]);
      set_more(next.more ? next.oldest : undefined);
    } finally {
      set_busy(false);
    }
  };

  return (
    <div class="log">
      <div class="filters">
        <Choice label="Which decisions" options={KINDS} value={kind} onChange={onKind} />
        <label class="inline">
          <span class="sr">Time</span>
          <select value={since} onChange={(e) => onSince(e.currentTarget.value)}>
            {SINCE.map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
      </div>
      {first.error && <Failure error={first.error} retry={first.reload} />}
      {!first.data && first.loading && <Loading what="decisions" />}
      {first.data && !entries.length && <Empty>{kind === 'failures' ? 'No failures in this time.' : kind === 'actions' ? 'No actions in this time.' : 'No decisions in this time.'}</Empty>}
      {waiting > 0 && (
        <button type="button" class="wide fresh" onClick={show}>
          Show {waiting >= MOST ? `the newest ${MOST}` : `${waiting} new`}
        </button>
      )}
      <ol class="entries">
        {entries.map((e) => (
          <Row key={key_of(e)} entry={e} app={!!pattern} />
        ))}
      </ol>
      {more && (
        <button type="button" class="wide" disabled={busy} onClick={older}>
          {busy ? 'Loading …' : 'Older'}
        </button>
      )}
    </div>
  );
}
