// A decision as the way from metric to action, one step after the other.
import type { ComponentChildren } from 'preact';
import type { Decision, Observation, Outcome } from '../api';
import { acts, number, plural, targets } from '../format';

function value_of(o: Observation): ComponentChildren {
  if (o.error) return <span class="bad-text">{o.error}</span>;
  if (o.series) return `${plural(o.series.length, 'series')}`.replace('seriess', 'series');
  return <b>{number(o.value)}</b>;
}

function current(d: Decision): string {
  const c = d.current;
  const parts = [
    `${c.started} started`,
    c.coming_up ? `${c.coming_up} coming up` : '',
    c.stopped ? `${c.stopped} stopped` : '',
    c.suspended ? `${c.suspended} suspended` : '',
  ];
  return `${c.created} created: ${parts.filter(Boolean).join(', ')}`;
}

function Outcomes({ outcomes, action }: { outcomes: Outcome[]; action: string }) {
  const done = outcomes.filter((o) => o.result === 'done').length;
  const shown = outcomes.slice(0, 12);
  return (
    <>
      <p>
        {done} of {plural(outcomes.length, 'machine')} {action === 'no_scale' ? 'done' : `to ${action} done`}
      </p>
      <ul class="machine-list">
        {shown.map((o, i) => (
          <li key={i}>
            <code>{o.id ?? o.name ?? '?'}</code> {o.region}
            <span class={o.result === 'done' ? 'good-text' : 'bad-text'}> {o.result}</span>
            {o.becomes && <span class="muted"> → {o.becomes}</span>}
            {o.full_regions?.length ? <span class="muted"> no room in {o.full_regions.join(', ')}</span> : null}
            {o.error && <p class="bad-text">{o.error}</p>}
          </li>
        ))}
        {outcomes.length > shown.length && <li class="muted">and {outcomes.length - shown.length} more</li>}
      </ul>
    </>
  );
}

function Step({ name, kind, children }: { name: string; kind?: string; children: ComponentChildren }) {
  return (
    <li class={kind ?? ''}>
      <p class="step">{name}</p>
      <div>{children}</div>
    </li>
  );
}

export function Explain({ decision: d }: { decision: Decision }) {
  const plan = d.plan;
  const machines = plan.machines?.slice(0, 8) ?? [];
  return (
    <ol class="chain">
      <Step name="Metrics" kind={d.metrics.some((m) => m.error) ? 'bad' : ''}>
        {d.metrics.length ? (
          <ul class="plain">
            {d.metrics.map((m) => (
              <li key={m.metric}>
                <code>{m.metric}</code> {m.error ? '' : '= '}
                {value_of(m)}
              </li>
            ))}
          </ul>
        ) : (
          <p class="muted">none</p>
        )}
      </Step>
      <Step name="Machines">
        <p>{current(d)}</p>
      </Step>
      <Step name={d.fallback ? 'Fallback' : 'Expressions'} kind={d.error ? 'bad' : ''}>
        {d.error && <p class="bad-text">{d.error}</p>}
        {d.computed ? <p>{targets(d.computed) || 'ask for nothing'}</p> : !d.error && <p class="muted">no counts</p>}
      </Step>
      {d.stages?.map((s, i) => (
        <Step key={i} name={s.name.replace(/-/g, ' ')}>
          <p>
            {targets(s.before) || 'nothing'} <span aria-hidden="true">→</span>
            <span class="sr"> becomes </span> <b>{targets(s.after) || 'nothing'}</b>
          </p>
          <p class="muted">{s.reason}</p>
        </Step>
      ))}
      {d.targets && (
        <Step name="Target">
          <p>
            <b>{targets(d.targets) || 'none'}</b>
          </p>
        </Step>
      )}
      <Step name="Plan" kind={d.hold ? 'held' : acts(plan.action) ? 'act' : ''}>
        <p>
          <b>{acts(plan.action) ? `${plan.action} ${plural(plan.count, 'machine')}` : 'no change'}</b>
        </p>
        {plan.reason && <p class="muted">{plan.reason}</p>}
        {plan.problem && <p class="warn-text">{plan.problem}</p>}
        {!d.outcomes && machines.length > 0 && (
          <ul class="machine-list">
            {machines.map((m, i) => (
              <li key={i}>
                <code>{m.id ?? m.name}</code> {m.region} {m.state && <span class="muted">{m.state}</span>}
              </li>
            ))}
            {(plan.machines?.length ?? 0) > machines.length && <li class="muted">and {plan.machines!.length - machines.length} more</li>}
          </ul>
        )}
        {plan.waiting?.length ? <p class="muted">{plural(plan.waiting.length, 'busy machine')} left alone</p> : null}
      </Step>
      {d.hold && (
        <Step name="Held" kind="held">
          <p>{d.hold}</p>
        </Step>
      )}
      {d.warning && (
        <Step name="Warning" kind="held">
          <p>{d.warning}</p>
        </Step>
      )}
      {d.outcomes && d.outcomes.length > 0 && (
        <Step name="Outcome" kind={d.outcomes.some((o) => o.result !== 'done') ? 'bad' : 'act'}>
          <Outcomes outcomes={d.outcomes} action={plan.action} />
        </Step>
      )}
    </ol>
  );
}
