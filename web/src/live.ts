// Live data: loading with the old shown until the new is there, the event stream, and the passing of time.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { api, type AppSummary, type Entry, type Status } from './api';

export interface Resource<T> {
  data: T | undefined;
  error: Error | undefined;
  loading: boolean;
  reload: () => void;
  set: (data: T) => void;
}

// Loads under `key`, again whenever that changes; null loads nothing. Data of an earlier key stays until the next is
// there, unless `keep` is false: then it goes with its key.
export function useResource<T>(key: string | null, load: (signal: AbortSignal) => Promise<T>, keep = true): Resource<T> {
  const [state, set_state] = useState<{ key: string | null; data?: T; error?: Error; loading: boolean }>({ key: null, loading: true });
  const [round, set_round] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    if (key === null) return;
    const abort = new AbortController();
    set_state((s) => ({ ...s, loading: true }));
    latest.current(abort.signal).then(
      (data) => !abort.signal.aborted && set_state({ key, data, loading: false }),
      (error: Error) => !abort.signal.aborted && set_state((s) => ({ key, data: keep || s.key === key ? s.data : undefined, error, loading: false })),
    );
    return () => abort.abort();
  }, [key, round]);
  const reload = useCallback(() => set_round((r) => r + 1), []);
  const set = useCallback((data: T) => set_state((s) => ({ ...s, data, error: undefined })), []);
  const stale = !keep && state.key !== key;
  return { data: stale ? undefined : state.data, error: stale ? undefined : state.error, loading: state.loading, reload, set };
}

export type Connection = 'live' | 'connecting' | 'lost' | 'idle'; // idle: the page needs no events
let connection: Connection = 'idle';
const connection_listeners = new Set<(c: Connection) => void>();
function set_connection(c: Connection) {
  connection = c;
  connection_listeners.forEach((l) => l(c));
}
export function useConnection(): Connection {
  const [value, set] = useState(connection);
  useEffect(() => {
    set(connection);
    connection_listeners.add(set);
    return () => void connection_listeners.delete(set);
  }, []);
  return value;
}

export interface Handlers {
  apps?: (apps: AppSummary[]) => void;
  decision?: (entry: Entry) => void;
  again?: () => void; // events may have been missed
}

// One stream, however many parts of a page listen to it. It is open while the page is to be seen: a tab in the
// background holds no connection.
class Stream {
  readonly handlers = new Set<{ current: Handlers }>();
  private source: EventSource | undefined;
  private retry: number | undefined;
  private missed = false;

  constructor(private readonly url: string) {
    document.addEventListener('visibilitychange', this.seen);
    this.seen();
  }

  end() {
    document.removeEventListener('visibilitychange', this.seen);
    this.close();
  }

  private readonly seen = () => {
    if (document.hidden) {
      this.close();
      this.missed = true;
    } else if (!this.source) {
      this.open();
    }
  };

  private close() {
    window.clearTimeout(this.retry);
    this.source?.close();
    this.source = undefined;
  }

  private open = () => {
    set_connection('connecting');
    const source = new EventSource(this.url);
    this.source = source;
    source.addEventListener('hello', () => {
      set_connection('live');
      if (this.missed) this.tell((h) => h.again?.());
      this.missed = false;
    });
    source.addEventListener('apps', (e) => {
      const apps = JSON.parse((e as MessageEvent<string>).data) as AppSummary[];
      this.tell((h) => h.apps?.(apps));
    });
    source.addEventListener('decision', (e) => {
      const entry = JSON.parse((e as MessageEvent<string>).data) as Entry;
      this.tell((h) => h.decision?.(entry));
    });
    source.onerror = () => {
      this.missed = true;
      set_connection('lost');
      // A browser gives up on a reply that is no stream, as of a proxy in between.
      if (source.readyState === EventSource.CLOSED) {
        window.clearTimeout(this.retry);
        this.retry = window.setTimeout(this.open, 5000);
      }
    };
  };

  private tell(what: (handlers: Handlers) => void) {
    for (const h of [...this.handlers]) what(h.current);
  }
}

const streams = new Map<string, Stream>();

// The events of one app, or of all.
export function useEvents(app: string | undefined, handlers: Handlers) {
  const latest = useRef(handlers);
  latest.current = handlers;
  useEffect(() => {
    const url = `api/v1/events${app === undefined ? '' : `?app=${encodeURIComponent(app)}`}`;
    const stream = streams.get(url) ?? new Stream(url);
    streams.set(url, stream);
    stream.handlers.add(latest);
    return () => {
      stream.handlers.delete(latest);
      if (stream.handlers.size) return;
      streams.delete(url);
      stream.end();
      if (!streams.size) set_connection('idle');
    };
  }, [app]);
}

// The server's clock against this browser's, in ms.
let offset = 0;
export const server_now = () => Date.now() + offset;

let beat = Date.now();
const beat_listeners = new Set<(now: number) => void>();
window.setInterval(() => {
  if (document.hidden) return;
  beat = server_now();
  beat_listeners.forEach((l) => l(beat));
}, 5000);

// The server's time, every five seconds: often enough for "20 s ago", seldom enough to be quiet.
export function useNow(): number {
  const [now, set] = useState(server_now);
  useEffect(() => {
    beat_listeners.add(set);
    return () => void beat_listeners.delete(set);
  }, []);
  return now;
}

export interface StatusFeed {
  status: Status | undefined;
  error: Error | undefined;
  refresh: () => void;
}

export function useStatusFeed(): StatusFeed {
  const { data, error, reload } = useResource('status', async (signal) => {
    const status = await api.status(signal);
    offset = Date.parse(status.now) - Date.now();
    return status;
  });
  useEffect(() => {
    const timer = window.setInterval(() => !document.hidden && reload(), 10_000);
    return () => window.clearInterval(timer);
  }, [reload]);
  return { status: data, error, refresh: reload };
}

// Calls `run` at most once in `gap` ms; a call that comes too early is made up for at the end of the gap.
export function useThrottled(run: () => void, gap: number): () => void {
  const state = useRef<{ last: number; timer: number | undefined }>({ last: 0, timer: undefined });
  const latest = useRef(run);
  latest.current = run;
  const width = useRef(gap);
  width.current = gap;
  useEffect(() => () => window.clearTimeout(state.current.timer), []);
  return useCallback(() => {
    const s = state.current;
    if (s.timer !== undefined) return;
    s.timer = window.setTimeout(
      () => {
        s.timer = undefined;
        s.last = Date.now();
        latest.current();
      },
      Math.max(0, s.last + width.current - Date.now()),
    );
  }, []);
}

export function useDebounced<T>(value: T, delay: number): T {
  const [settled, set] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => set(value), delay);
    return () => window.clearTimeout(timer);
  }, [value, delay]);
  return settled;
}
