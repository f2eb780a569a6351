// The configuration that is in force, as a tree.
import { api } from '../api';
import { useStatus } from '../admin';
import { Failure, Loading, PageTitle, Time } from '../components/bits';
import { useResource } from '../live';

const simple = (v: unknown) => v === null || typeof v !== 'object';

function Leaf({ value }: { value: unknown }) {
  if (value === null || value === '') return <span class="muted">{value === null ? 'not set' : '""'}</span>;
  return <span class={`leaf-${typeof value}`}>{String(value)}</span>;
}

// An entry of a list is best known by what it calls itself.
function title_of(value: unknown, index: number): string {
  if (value && typeof value === 'object' && !Array.isArray(value)) {
    const v = value as Record<string, unknown>;
    const name = v['metric-name'] ?? v['app-name'] ?? v['name'] ?? v['type'];
    if (typeof name === 'string' && name) return name;
  }
  return String(index + 1);
}

function Tree({ name, value, depth }: { name: string; value: unknown; depth: number }) {
  if (simple(value)) {
    return (
      <li class="leaf">
        <span class="key">{name}</span> <Leaf value={value} />
      </li>
    );
  }
  const list = Array.isArray(value);
  if (list && value.every(simple)) {
    return (
      <li class="leaf">
        <span class="key">{name}</span> {value.length ? <span class="leaf-string">{value.map(String).join(', ')}</span> : <span class="muted">none</span>}
      </li>
    );
  }
  const entries: [string, unknown][] = list ? value.map((v, i) => [title_of(v, i), v]) : Object.entries(value as object);
  if (!entries.length) {
    return (
      <li class="leaf">
        <span class="key">{name}</span> <span class="muted">none</span>
      </li>
    );
  }
  return (
    <li>
      <details open={depth < 2 || entries.length < 12}>
        <summary>
          <span class="key">{name}</span> <small class="muted">{entries.length}</small>
        </summary>
        <ul>
          {entries.map(([k, v], i) => (
            <Tree key={`${i} ${k}`} name={k} value={v} depth={depth + 1} />
          ))}
        </ul>
      </details>
    </li>
  );
}

export function Configuration() {
  const status = useStatus();
  const { data, error, loading, reload } = useResource('config', (signal) => api.config(signal));
  const entries = data && typeof data === 'object' ? Object.entries(data) : [];
  return (
    <>
      <div class="page-head">
        <PageTitle title="Configuration" />
      </div>
      {status && (
        <dl class="facts">
          <div>
            <dt>version</dt>
            <dd>{status.version}</dd>
          </div>
          <div>
            <dt>running since</dt>
            <dd>
              <Time at={status.started} />
            </dd>
          </div>
          <div>
            <dt>history</dt>
            <dd>
              {status.history.lasting ? 'on disk' : 'in memory'}
              {!status.history.ok && <span class="bad-text"> {status.history.note || 'not recorded'}</span>}
            </dd>
          </div>
        </dl>
      )}
      {error && <Failure error={error} retry={reload} />}
      {!data && loading && <Loading what="the configuration" />}
      {data !== undefined && (
        <section class="card" aria-label="Configuration in force">
          <p class="muted">As it is in force, with defaults. Tokens, passwords and credentials are left out.</p>
          <ul class="tree">
            {entries.map(([k, v]) => (
              <Tree key={k} name={k} value={v} depth={0} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
