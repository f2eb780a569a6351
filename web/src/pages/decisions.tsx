// The decisions of all apps.
import { useEffect, useState } from 'preact/hooks';
import { PageTitle } from '../components/bits';
import { DecisionLog, KINDS, type Kind } from '../components/DecisionLog';
import { useDebounced } from '../live';
import { set_query, type Route } from '../router';

export function Decisions({ route }: { route: Route }) {
  const kind = (KINDS.find(([k]) => k === route.query.get('log'))?.[0] ?? 'actions') as Kind;
  const since = route.query.get('since') ?? '24h';
  const [text, set_text] = useState(route.query.get('app') ?? '');
  const app = useDebounced(text.trim(), 250);
  useEffect(() => set_query({ app }), [app]);
  return (
    <>
      <div class="page-head">
        <PageTitle title="Decisions" />
        <label class="search">
          <span class="sr">App</span>
          <input type="search" placeholder="App; * stands for any text" value={text} onInput={(e) => set_text(e.currentTarget.value)} />
        </label>
      </div>
      <section class="card" aria-label="Decisions">
        <DecisionLog
          app={app || undefined}
          pattern
          kind={kind}
          since={since}
          onKind={(k) => set_query({ log: k === 'actions' ? undefined : k })}
          onSince={(s) => set_query({ since: s === '24h' ? undefined : s })}
        />
      </section>
    </>
  );
}
