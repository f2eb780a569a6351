// The playground: an expression as it is typed, its value now, and its counts over the recorded history.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { api, ApiError, type AppDetail, type Column, type Evaluation } from '../api';
import { Choice, Failure, Loading, PageTitle } from '../components/bits';
import { with_gaps, type ChartData, type Line } from '../components/chart';
import { TimeChart } from '../components/TimeChart';
import { field_name, number, plural, span } from '../format';
import { server_now, useDebounced, useResource } from '../live';
import { known_range, named_range, RANGES, range_text, trimmed } from '../range';
import { set_query, type Route } from '../router';
import { AppHead } from './app';

const FUNCTIONS = ['ceil', 'floor', 'round', 'min', 'max', 'abs'];

// Machine-hours, the greatest count and the number of changes of a stepped column.
export function totals(at: number[], counts: Column): { hours: number; peak: number; changes: number } {
  let seconds = 0;
  let peak = 0;
  let changes = 0;
  counts.forEach((count, i) => {
    if (count === null) return;
    peak = Math.max(peak, count);
    const before = counts[i - 1];
    if (before !== undefined && before !== null && before !== count) changes++;
    if (i + 1 < at.length) seconds += count * (at[i + 1] - at[i]);
  });
  return { hours: seconds / 3600, peak, changes };
}

function Comparison({ history }: { history: NonNullable<Evaluation['history']> }) {
  const mine = totals(history.at, history.counts);
  const policy = totals(history.at, history.target);
  const change = policy.hours > 0 ? (mine.hours / policy.hours - 1) * 100 : null;
  const row = (name: string, t: typeof mine, note = '') => (
    <tr>
      <th scope="row">{name}</th>
      <td class="num">
        {number(t.hours)}
        {note && <small> {note}</small>}
      </td>
      <td class="num">{number(t.peak)}</td>
      <td class="num">{number(t.changes)}</td>
    </tr>
  );
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Comparison with the policy">
      <table class="compare">
        <thead>
          <tr>
            <td />
            <th scope="col" class="num">
              machine-hours
            </th>
            <th scope="col" class="num">
              peak
            </th>
            <th scope="col" class="num">
              changes
            </th>
          </tr>
        </thead>
        <tbody>
          {row('this expression', mine, change === null ? '' : `${change >= 0 ? '+' : '−'}${Math.abs(Math.round(change))}%`)}
          {row('policy', policy)}
        </tbody>
      </table>
    </div>
  );
}

function shown(value: unknown): string {
  if (typeof value === 'number') return number(value);
  const text = JSON.stringify(value) ?? '–';
  return text.length > 120 ? `${text.slice(0, 120)} …` : text;
}

function Value({ result, loading }: { result: Evaluation | undefined; loading: boolean }) {
  if (!result) return <Loading what="its value" />;
  if (result.error) {
    return (
      <div class="verdict wrong">
        <p class="bad-text">{result.error}</p>
        {result.caret && <pre>{result.caret}</pre>}
      </div>
    );
  }
  return (
    <div class={`verdict${loading ? ' pending' : ''}`}>
      <p class="value-now">
        <b>{shown(result.value)}</b>
        <span class="muted">
          {typeof result.value === 'number' ? '' : `${result.type ?? ''} `}now{typeof result.count === 'number' && result.count !== result.value ? `, as a count ${result.count}` : ''}
        </span>
      </p>
      {result.count === null || (result.count === undefined && <p class="warn-text">A count has to be a number.</p>)}
    </div>
  );
}

// The word under the cursor narrows the names that are offered.
function word_before(text: string, at: number): string {
  return /[A-Za-z_][\w.]*$/.exec(text.slice(0, at))?.[0] ?? '';
}

function Editor({ value, names, bad, onInput }: { value: string; names: string[]; bad: boolean; onInput: (v: string) => void }) {
  const area = useRef<HTMLTextAreaElement>(null);
  const [word, set_word] = useState('');
  const look = () => set_word(word_before(area.current!.value, area.current!.selectionStart));
  const fitting = word ? names.filter((n) => n.startsWith(word) && n !== word) : [];
  const offered = fitting.length ? fitting : names;
  const insert = (name: string, call: boolean) => {
    const a = area.current!;
    const start = a.selectionStart - (fitting.includes(name) ? word.length : 0);
    const text = call ? `${name}()` : name;
    const next = value.slice(0, start) + text + value.slice(a.selectionEnd);
    onInput(next);
    requestAnimationFrame(() => {
      a.focus();
      const at = start + text.length - (call ? 1 : 0);
      a.setSelectionRange(at, at);
      look();
    });
  };
  return (
    <>
      <label class="editor">
        <span class="sr">Expression</span>
        <textarea
          ref={area}
          rows={3}
          spellcheck={false}
          autocapitalize="off"
          autocomplete="off"
          value={value}
          aria-invalid={bad}
          aria-describedby="verdict"
          onInput={(e) => {
            onInput(e.currentTarget.value);
            look();
          }}
          onKeyUp={look}
          onClick={look}
        />
      </label>
      <div class="names" role="group" aria-label="Names to insert">
        {offered.map((n) => (
          <button key={n} type="button" class={`chip${fitting.length ? ' fits' : ''}`} onClick={() => insert(n, false)}>
            {n}
          </button>
        ))}
        {!fitting.length &&
          FUNCTIONS.map((n) => (
            <button key={n} type="button" class="chip fn" onClick={() => insert(n, true)}>
              {n}()
            </button>
          ))}
      </div>
    </>
  );
}

export function playground_chart(history: Evaluation['history'], from: number, to: number): ChartData {
  const { at, columns } = with_gaps(history?.at ?? [], [history?.started ?? [], history?.target ?? [], history?.counts ?? []]);
  const lines: Line[] = [
    { label: 'started', values: columns[0], lane: 'lower', colour: 'started', step: true, fill: true, width: 1.4 },
    { label: "policy's target", values: columns[1], lane: 'lower', colour: 'target', step: true, dash: [5, 3], width: 1.5 },
    { label: 'this expression', values: columns[2], lane: 'lower', colour: 'metric', step: true, width: 2 },
  ];
  return { at, lines, bands: [], marks: [], from, to };
}

function Trial({ app, route }: { app: AppDetail; route: Route }) {
  const fields = Object.keys(app.policy.expressions);
  const field = route.query.get('field') ?? fields.find((f) => f.endsWith('started')) ?? fields[0] ?? '';
  const own = app.policy.expressions[field] ?? '';
  const [text, set_text] = useState(route.query.get('expression') ?? own);
  const range_name = known_range(route.query.get('range') ?? '24h');
  const settled = useDebounced(text, 250);
  useEffect(() => set_query({ expression: settled === own ? undefined : settled }), [settled]);
  const key = settled.trim() === '' ? null : `${settled} ${range_name}`;
  const result = useResource(key, async (signal) => {
    const range = named_range(range_name, server_now());
    const evaluation = await api.evaluate({ app: app.name, expression: settled, since: range_name, points: 720 }, signal);
    return { evaluation, range };
  });
  // The last history stays under an expression that is being typed and is not whole yet.
  const last = useRef<{ history: Evaluation['history']; from: number; to: number } | null>(null);
  const history = result.data?.evaluation.history;
  if (history && history !== last.current?.history) {
    const { from, to } = trimmed(result.data!.range, history.at[0]);
    last.current = { history, from, to };
  }
  const drawn = last.current;
  const chart = useMemo(() => drawn && playground_chart(drawn.history, drawn.from, drawn.to), [drawn]);
  const comparison = drawn?.history && totals(drawn.history.at, drawn.history.counts);
  const empty = settled.trim() === '';
  return (
    <>
      <section class="card" aria-labelledby="expression">
        <div class="card-head">
          <h2 id="expression">Expression</h2>
          {fields.length > 1 && (
            <Choice
              label="Begin with the policy's expression for"
              options={fields.map((f): [string, string] => [f, field_name(f)])}
              value={field}
              onChange={(f) => {
                set_query({ field: f });
                set_text(app.policy.expressions[f]);
              }}
            />
          )}
          {text !== own && (
            <button type="button" class="quiet small" onClick={() => set_text(own)}>
              Back to the policy's
            </button>
          )}
        </div>
        <Editor value={text} names={app.names} bad={!!result.data?.evaluation.error} onInput={set_text} />
        <div id="verdict" aria-live="polite">
          {empty ? <p class="muted">Type an expression.</p> : result.error ? <Failure error={result.error} retry={result.reload} /> : <Value result={result.data?.evaluation} loading={result.loading} />}
        </div>
      </section>
      <section class="card" aria-labelledby="replay">
        <div class="card-head">
          <h2 id="replay">Over the recorded history</h2>
          <Choice label="Time shown" options={RANGES} value={range_name} onChange={(r) => set_query({ range: r })} />
        </div>
        {chart && drawn?.history && drawn.history.at.length > 0 ? (
          <div class={result.data?.evaluation.error ? 'pending' : ''}>
            <TimeChart
              data={chart}
              height={280}
              label={`Counts of this expression for ${app.name} beside the policy's, ${range_text({ name: '', from: drawn.from, to: drawn.to })}`}
              summary={comparison ? `The expression asks for ${number(comparison.hours)} machine-hours, at most ${plural(comparison.peak, 'machine')}.` : ''}
            />
            <Comparison history={drawn.history} />
            <p class="muted small-text">
              Before stabilisation windows, steps and limits, over {span(drawn.to - drawn.from)} of recorded metrics. The backtest command replays the whole policy, and models how the queue would have answered.
            </p>
          </div>
        ) : (
          <p class="empty muted">{result.loading ? 'Replaying …' : result.data?.evaluation.error ? 'Shown as soon as the expression is whole.' : 'No history is recorded in this time.'}</p>
        )}
      </section>
    </>
  );
}

export function Playground({ name, route }: { name: string; route: Route }) {
  const detail = useResource(`app ${name}`, (signal) => api.app(name, signal), false);
  if (detail.error) {
    return (
      <>
        <PageTitle title={name} />
        <Failure error={detail.error instanceof ApiError && detail.error.status === 404 ? new Error('No app of this name is scaled here.') : detail.error} retry={detail.reload} />
      </>
    );
  }
  if (!detail.data) return <Loading what={name} />;
  return (
    <>
      <AppHead app={detail.data} tab="try" />
      <Trial key={name} app={detail.data} route={route} />
    </>
  );
}
