// The fleet by region and state: a square for each machine.
import type { Machine } from '../api';
import { Empty } from './bits';

const ORDER = ['started', 'starting', 'created', 'suspended', 'stopping', 'suspending', 'stopped'];
const rank = (state: string) => (ORDER.includes(state) ? ORDER.indexOf(state) : ORDER.length);

function group<T>(items: T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const k = key(item);
    const list = groups.get(k);
    if (list) list.push(item);
    else groups.set(k, [item]);
  }
  return groups;
}

function Squares({ machines, state }: { machines: Machine[]; state: string }) {
  return (
    <span class="squares" aria-hidden="true">
      {machines.slice(0, 400).map((m) => (
        <i key={m.id} class={`square m-${ORDER.includes(state) ? state : 'other'}`} title={`${m.id}, ${state}`} />
      ))}
    </span>
  );
}

export function Machines({ machines }: { machines: Machine[] }) {
  if (!machines.length) return <Empty>No machines.</Empty>;
  const regions = [...group(machines, (m) => m.region)].sort(([a], [b]) => a.localeCompare(b));
  return (
    <ul class="fleet">
      {regions.map(([region, inside]) => (
        <li key={region}>
          <h3>
            {region || 'no region'} <small>{inside.length}</small>
          </h3>
          <ul>
            {[...group(inside, (m) => m.state)]
              .sort(([a], [b]) => rank(a) - rank(b))
              .map(([state, list]) => (
                <li key={state}>
                  <span class="fleet-count">
                    <b>{list.length}</b> {state}
                  </span>
                  <Squares machines={list.sort((a, b) => a.id.localeCompare(b.id))} state={state} />
                </li>
              ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}
