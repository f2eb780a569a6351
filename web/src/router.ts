// The page in the hash: "#/app/worker-1/try?range=24h". A reload, the back button and a bookmark find it again, and the
// server knows one page only.
import { useEffect, useState } from 'preact/hooks';

export interface Route {
  path: string[]; // decoded
  query: URLSearchParams;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function read_route(hash = location.hash): Route {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return { path: path.split('/').filter(Boolean).map(decode), query: new URLSearchParams(query) };
}

export function link(path: string[], query: Record<string, string | undefined> = {}): string {
  const used = Object.entries(query).filter((e): e is [string, string] => !!e[1]);
  const tail = used.length ? `?${new URLSearchParams(used)}` : '';
  return `#/${path.map(encodeURIComponent).join('/')}${tail}`;
}

const listeners = new Set<() => void>();
window.addEventListener('hashchange', () => listeners.forEach((l) => l()));

// Changes the query of this page in place: filters make no steps in the history.
export function set_query(changes: Record<string, string | undefined>) {
  const { path, query } = read_route();
  for (const [key, value] of Object.entries(changes)) {
    if (value) query.set(key, value);
    else query.delete(key);
  }
  history.replaceState(null, '', link(path, Object.fromEntries(query)));
  listeners.forEach((l) => l());
}

export function useRoute(): Route {
  const [route, set] = useState(read_route);
  useEffect(() => {
    const changed = () => set(read_route());
    listeners.add(changed);
    return () => void listeners.delete(changed);
  }, []);
  return route;
}
