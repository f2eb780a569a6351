// Small parts that every page uses.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { AppSummary, Counts, Override, State, Targets } from '../api';
import { ago, bounds, moment, span, targets as targets_text, utc } from '../format';
import { useNow } from '../live';

const STATE_PATHS: Record<State, ComponentChildren> = {
  ok: <path d="M2.5 6.5 5 9l4.5-6" fill="none" stroke="currentColor" stroke-width="2" />,
  scaling: <path d="M4 11V2M1.5 4.5 4 2l2.5 2.500M8.5 1v9M6 7.5 8.5 10 11 7.5" fill="none" stroke="currentColor" stroke-width="1.4" />,
  held: <path d="M6 1.5 10.5 6 6 10.5 1.5 6z" fill="none" stroke="currentColor" stroke-width="1.7" />,
  paused: <path d="M3 2h2.200v8H3zM6.8 2H9v8H6.800z" fill="currentColor" />,
  failing: <path d="M6 1 11.5 11H.5zM5.4 4.500v3h1.200v-3zm0 3.800v1.200h1.200V8.300z" fill="currentColor" fill-rule="evenodd" />,
  waiting: <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="1.6" stroke-dasharray="2 1.6" />,
};

export const StateIcon = ({ state }: { state: State }) => (
  <svg class="icon" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
    {STATE_PATHS[state]}
  </svg>
);

export const StateBadge = ({ state }: { state: State }) => (
  <span class={`badge state-${state}`}>
    <StateIcon state={state} />
    {state}
  </span>
);

export function OverrideBadge({ override }: { override: Override | null }) {
  const now = useNow();
  if (!override) return null;
  const what = override.paused ? 'paused by hand' : `override ${targets_text(override.targets)}`;
  const left = override.until ? (Date.parse(override.until) - now) / 1000 : null;
  const until = override.until ? `until ${moment(new Date(override.until))}` : 'until resumed';
  return (
    <span class="badge hand" title={`${until}${override.reason ? `: ${override.reason}` : ''}`}>
      {what}
      {left !== null && left > 0 && <small>{span(left)} left</small>}
    </span>
  );
}

// A time in the reader's zone, with UTC as its title.
export function Time({ at, relative }: { at: string | null | undefined; relative?: boolean }) {
  const now = useNow();
  if (!at) return <span class="muted">never</span>;
  const when = new Date(at);
  return (
    <time dateTime={at} title={utc(when)}>
      {relative ? ago(when, now) : moment(when)}
    </time>
  );
}

// The last values as a line; a picture only, the value stands beside it.
export function Spark({ values }: { values: (number | null)[] }) {
  const width = 112;
  const height = 26;
  const known = values.filter((v): v is number => v !== null);
  if (known.length < 2) return <svg class="spark" width={width} height={height} aria-hidden="true" />;
  const high = Math.max(...known);
  const low = Math.min(...known, high * 0.6); // a small change shall look like one
  const x = (i: number) => (width - 5) * (i / Math.max(1, values.length - 1)) + 1;
  const y = (v: number) => height - 3 - ((v - low) / (high - low || 1)) * (height - 6);
  let line = '';
  let pen = false;
  values.forEach((v, i) => {
    if (v === null) pen = false;
    else {
      line += `${pen ? 'L' : 'M'}${x(i).toFixed(1)} ${y(v).toFixed(1)}`;
      pen = true;
    }
  });
  const last = values.length - 1;
  return (
    <svg class="spark" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <path d={line} fill="none" stroke="currentColor" stroke-width="1.4" stroke-linejoin="round" />
      {values[last] !== null && <circle cx={x(last)} cy={y(values[last]!)} r="2.2" fill="currentColor" />}
    </svg>
  );
}

// Target against actual: what runs as a bar within what exists, the target as a bracket over it.
export function CountBar({ counts, targets }: { counts: Counts; targets: Targets | null }) {
  const width = 104;
  const low = targets?.started.min ?? targets?.started.max ?? null;
  const high = targets?.started.max ?? targets?.started.min ?? null;
  const top = Math.max(counts.created, counts.started + counts.coming_up, high ?? 0, 1);
  const x = (v: number) => (v / top) * (width - 4) + 2;
  const text = [
    `${counts.started} started of ${counts.created} created`,
    counts.coming_up ? `${counts.coming_up} on the way` : '',
    targets && (targets.started.min !== null || targets.started.max !== null) ? `target ${bounds(targets.started)}` : '',
  ]
    .filter(Boolean)
    .join(', ');
  return (
    <svg class="count-bar" width={width} height="16" viewBox={`0 0 ${width} 16`} role="img" aria-label={text}>
      <title>{text}</title>
      <rect class="bar-room" x="2" y="5" width={Math.max(0, x(counts.created) - 2)} height="6" rx="2" />
      <rect class="bar-coming" x="2" y="5" width={Math.max(0, x(counts.started + counts.coming_up) - 2)} height="6" rx="2" />
      <rect class="bar-started" x="2" y="5" width={Math.max(0, x(counts.started) - 2)} height="6" rx="2" />
      {low !== null && high !== null && (
        <path class="bar-target" d={`M${x(low)} 1.500v13${low !== high ? `M${x(low)} 1.500H${x(high)}M${x(low)} 14.500H${x(high)}M${x(high)} 1.500v13` : ''}`} fill="none" />
      )}
    </svg>
  );
}

export function MetricValue({ app }: { app: AppSummary }) {
  const first = app.metrics[0];
  if (!first) return <span class="muted">no metric</span>;
  return (
    <>
      <span class="metric-name" title={first.name}>
        {first.name}
      </span>
      {app.metrics.length > 1 && (
        <span class="more" title={app.metrics.slice(1).map((m) => m.name).join(', ')}>
          +{app.metrics.length - 1}
        </span>
      )}
    </>
  );
}

export function Failure({ error, retry }: { error: Error; retry?: () => void }) {
  return (
    <div class="notice bad" role="alert">
      <p>{error.message}</p>
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

export const Loading = ({ what }: { what: string }) => (
  <p class="loading muted" role="status">
    Loading {what} …
  </p>
);

export const Empty = ({ children }: { children: ComponentChildren }) => <p class="empty muted">{children}</p>;

// One of several, as buttons.
export function Choice<T extends string>({ label, options, value, onChange }: { label: string; options: [T, string][]; value: T | null; onChange: (v: T) => void }) {
  return (
    <div class="choice" role="group" aria-label={label}>
      {options.map(([key, text]) => (
        <button key={key} type="button" aria-pressed={value === key} onClick={() => onChange(key)}>
          {text}
        </button>
      ))}
    </div>
  );
}

// A page's heading takes the focus when its page is opened, so that a screen reader begins there.
export function PageTitle({ title, children }: { title: string; children?: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = title === 'Apps' ? 'fly-autoscaler' : `${title} · fly-autoscaler`;
    if (document.activeElement === document.body || !document.activeElement) heading.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children ?? title}
    </h1>
  );
}
